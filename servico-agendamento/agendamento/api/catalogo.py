"""Os tipos de problema (RFC 9457): uma fonte para as respostas, as páginas ``/erros/…`` e docs/ERROS.md."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tipo:
    """``slug`` é o fim da URL do tipo; ``texto`` explica, ``remedio`` diz o que fazer."""

    slug: str
    status: int
    titulo: str
    texto: str
    remedio: str


_TIPOS = (
    Tipo(
        "pedido-malformado", 400, "Pedido malformado",
        "O corpo não é um JSON válido: está truncado, repete uma chave, usa um número que não existe em JSON "
        "(NaN, Infinity) ou não está em UTF-8.",
        "Confira o JSON com um validador e envie um objeto com cada chave uma única vez.",
    ),
    Tipo(
        "nao-autenticado", 401, "Chave ausente ou inválida",
        "Esta chamada precisa de uma chave de API, e a que veio não existe, foi revogada, ou não veio.",
        "Envie o cabeçalho Authorization: Bearer <chave>. Uma chave se cria em POST /cientistas.",
    ),
    Tipo(
        "proibido", 403, "Sem permissão",
        "A chave vale, mas não dá direito a esta ação.",
        "Use a chave de quem pode fazer isto, ou peça à operação.",
    ),
    Tipo(
        "nao-encontrado", 404, "Não encontrado",
        "Não há nada neste endereço, ou o que há não é seu.",
        "Confira o endereço e o número; o que existe está em GET /.",
    ),
    Tipo(
        "metodo-nao-permitido", 405, "Método não permitido",
        "O endereço existe, mas não atende este método.",
        "Os métodos aceitos estão no cabeçalho Allow.",
    ),
    Tipo(
        "formato-nao-aceito", 406, "Formato de resposta indisponível",
        "O cabeçalho Accept pede um formato que este endereço não produz.",
        "Peça application/json (ou text/html, na raiz e nas páginas de erro).",
    ),
    Tipo(
        "recurso-ocupado", 409, "Horário em disputa",
        "Outra pessoa pediu este horário um instante antes, e o agendamento dela foi salvo. O lock só é negado "
        "depois que se sabe disso: um 409 quer dizer que o horário está mesmo tomado.",
        "Escolha um dos horários livres de _links.alternativas.",
    ),
    Tipo(
        "preterido", 409, "Preterido na arbitragem",
        "Vários pedidos chegaram na mesma janela de justiça, e o clique de outra pessoa veio antes do seu, ou "
        "empatou e venceu pela regra de desempate. A resposta traz a regra aplicada e os dois intervalos.",
        "Escolha um dos horários livres de _links.alternativas.",
    ),
    Tipo(
        "conflito-horario", 409, "Horário já agendado",
        "O intervalo pedido toca um horário que já está agendado ou indisponível.",
        "Escolha um dos horários livres de _links.alternativas, ou consulte a agenda do telescópio.",
    ),
    Tipo(
        "ja-e-seu", 409, "Este horário já é seu",
        "O horário pedido já está agendado em nome da mesma pessoa, por um pedido anterior: um clique a mais, "
        "outra aba, ou um intervalo que se sobrepõe a outro seu. Não houve disputa, e nada foi gasto.",
        "Siga _links.agendamento para vê-lo, ou escolha um dos horários livres de _links.alternativas.",
    ),
    Tipo(
        "estado-impede", 409, "O estado atual não permite",
        "O recurso existe, mas já não está num estado em que esta ação se aplique: um agendamento já cancelado "
        "ou já começado, um telescópio inativo ou com observações por terminar.",
        "Veja como está agora e escolha entre o que ainda se pode fazer.",
    ),
    Tipo(
        "idempotencia-em-curso", 409, "O mesmo pedido ainda está em curso",
        "Um pedido com esta Idempotency-Key ainda não terminou.",
        "Espere um segundo e repita: a resposta do primeiro virá igual.",
    ),
    Tipo(
        "versao-divergente", 412, "A versão não é mais esta",
        "O If-Match não corresponde à versão atual: alguém mudou o recurso desde que você o leu.",
        "Leia o recurso de novo, confira a mudança e repita com o ETag novo.",
    ),
    Tipo(
        "corpo-grande-demais", 413, "Corpo grande demais",
        "O corpo passa de 64 KiB.",
        "Reduza o texto das observações; nada do que esta API recebe chega perto disso.",
    ),
    Tipo(
        "tipo-de-conteudo", 415, "Tipo de conteúdo não aceito",
        "O corpo precisa ser JSON e declarar-se como tal.",
        "Envie o cabeçalho Content-Type: application/json.",
    ),
    Tipo(
        "dados-invalidos", 422, "Dados inválidos",
        "O JSON foi lido, mas um ou mais campos não podem ser aceitos. A lista erros diz qual, por quê e o que "
        "fazer.",
        "Corrija cada campo da lista erros.",
    ),
    Tipo(
        "limite-excedido", 422, "Limite da cientista excedido",
        "O pedido ultrapassaria o número de observações futuras ativas ou as horas do ciclo.",
        "Cancele uma observação futura ou peça um intervalo menor.",
    ),
    Tipo(
        "idempotencia-reusada", 422, "Idempotency-Key de outro pedido",
        "Esta Idempotency-Key já foi usada com um corpo diferente.",
        "Gere uma chave nova para um pedido novo; repita a mesma só para o mesmo pedido.",
    ),
    Tipo(
        "pre-condicao-exigida", 428, "Falta o If-Match",
        "Esta ação sobrescreve o recurso e exige dizer qual versão foi lida.",
        "Envie If-Match com o ETag recebido na leitura.",
    ),
    Tipo(
        "requisicoes-demais", 429, "Requisições demais",
        "Esta chave passou do número de requisições por segundo.",
        "Espere o tempo do Retry-After; o saldo vem nos cabeçalhos RateLimit-*.",
    ),
    Tipo(
        "erro-interno", 500, "Erro interno",
        "Algo que não previmos. Nada foi gravado pela metade: cada pedido é uma transação.",
        "Tente de novo e, se persistir, informe o request_id à operação.",
    ),
    Tipo(
        "servico-indisponivel", 503, "Serviço temporariamente indisponível",
        "O coordenador de locks ou o banco de dados não respondeu a tempo. Nada foi salvo e nada ficou preso.",
        "Repita depois do tempo do Retry-After, com a mesma Idempotency-Key se usou uma.",
    ),
)  # fmt: skip

CATALOGO: dict[str, Tipo] = {tipo.slug: tipo for tipo in _TIPOS}
