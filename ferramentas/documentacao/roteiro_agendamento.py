"""As chamadas do servico-agendamento, na ordem em que alguém as descobriria."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import requests

from ferramentas.documentacao.pagina import Pagina, Servico

TELESCOPIO = "hubble-acad"


def rfc3339(instante: datetime) -> str:
    return f"{instante:%Y-%m-%dT%H:%M:%SZ}"


class Roteiro:
    """``dia`` é a meia-noite UTC do dia em que os exemplos se passam."""

    def __init__(self, pagina: Pagina, servico: Servico, dia: datetime) -> None:
        self.p = pagina
        self.s = servico
        self.dia = dia

    def hora(self, hora: int, minuto: int = 0) -> str:
        return rfc3339(self.dia + timedelta(hours=hora, minutes=minuto))

    def pedido(self, hora: int, minuto: int = 0, **campos: Any) -> dict[str, Any]:
        return {"telescopio": TELESCOPIO, "horario_inicio_utc": self.hora(hora, minuto), **campos}

    def tudo(self) -> None:
        self._inicio()
        self._telescopios()
        id_ = self._agendar()
        self._disputas()
        self._agendamento(id_)
        self._cientistas()
        self._operacao()
        self._auditoria()
        self._recusas()

    def _inicio(self) -> None:
        p, s = self.p, self.s
        p.escrever(
            "## servico-agendamento\n\n"
            "### Ponto de partida\n\n"
            "Tudo se alcança seguindo `_links`. Um link só aparece se quem pede pode segui-lo agora; com "
            "chave, a raiz mostra mais."
        )
        p.chamar(s, "GET", "/", como="ADA")
        p.escrever(
            "### Hora oficial\n\n"
            "O relógio que vale. O aperto de mãos que mede o relógio de cada cliente está em "
            "[JUSTICA.md](JUSTICA.md)."
        )
        bilhete = p.chamar(s, "GET", "/time").json()["bilhete"]
        p.escrever(
            "Quem devolve o bilhete faz o servidor medir a ida e volta e guardá-la no bilhete seguinte."
        )
        p.chamar(s, "GET", f"/time?bilhete={bilhete}")
        p.escrever(
            "### Pessoas de demonstração\n\n"
            "Só existe com `SCTEC_DEMO=1`: chaves que todos conhecem, para experimentar."
        )
        p.chamar(s, "GET", "/demo")

    def _telescopios(self) -> None:
        p, s = self.p, self.s
        p.escrever("### Telescópios")
        p.chamar(s, "GET", "/telescopios")
        p.escrever("#### Um telescópio\n\nSem chave, não há link para agendar.")
        p.chamar(s, "GET", f"/telescopios/{TELESCOPIO}")
        p.escrever(
            "#### Agenda\n\n"
            "Os slots de `de` até `ate` (no máximo sete dias; por omissão, hoje), cada um `LIVRE`, "
            "`OCUPADO` ou `INDISPONIVEL`. Com chave, o slot livre traz o link que o agenda e o corpo a "
            "enviar."
        )
        p.chamar(
            s, "GET", f"/telescopios/{TELESCOPIO}/agenda?de={self.hora(3)}&ate={self.hora(3, 10)}", como="ADA"
        )

    def _agendar(self) -> int:
        p, s = self.p, self.s
        p.escrever(
            "### Agendar\n\n"
            "`horario_fim_utc` é exclusivo e, por omissão, fica um slot depois do início. Outros campos "
            "opcionais: `cientista_id` (só a operação agenda por outra pessoa) e os três da justiça, em "
            "[JUSTICA.md](JUSTICA.md)."
        )
        corpo = self.pedido(3, horario_fim_utc=self.hora(3, 10), objeto_celeste="M31")
        resposta = p.chamar(s, "POST", "/agendamentos", corpo, como="ADA", Idempotency_Key="observar-m31")
        p.escrever(
            "#### Repetir sem medo\n\n"
            "A mesma `Idempotency-Key` com o mesmo corpo devolve a resposta guardada; nada é agendado de "
            "novo. Vale por 24 h."
        )
        p.chamar(s, "POST", "/agendamentos", corpo, como="ADA", Idempotency_Key="observar-m31")
        p.escrever("#### Simular\n\nDiz o que aconteceria e não muda nada: nem pede o lock.")
        p.chamar(s, "POST", "/agendamentos?simular=1", self.pedido(4), como="ADA")
        return int(resposta.json()["id"])

    def _disputas(self) -> None:
        p, s = self.p, self.s
        p.escrever(
            "### Quando o horário é de outra pessoa\n\n"
            "Todo 409 de disputa diz o `motivo` e liga, em `_links.alternativas`, os horários livres mais "
            "próximos, cada um com o corpo pronto.\n\n"
            "#### `CONFLITO_HORARIO`: o banco já o dava por tomado"
        )
        p.chamar(s, "POST", "/agendamentos", self.pedido(3, 5), como="BEATRIZ")
        p.escrever(
            "#### `PRETERIDO`: chegou na mesma janela, e outra pessoa clicou antes\n\n"
            "Duas pessoas pedem o mesmo horário ao mesmo tempo; a resposta de quem não ficou com ele "
            "mostra a regra que decidiu, o próprio lugar e o de quem venceu, sem identidades."
        )
        p.resposta(self._preterido())
        p.escrever(
            "`RECURSO_OCUPADO` tem a mesma forma, sem `arbitragem`: o lock foi negado a quem chegou depois "
            "de decidida a janela, quando o agendamento de quem o tinha já estava salvo."
        )

    def _preterido(self) -> requests.Response:
        def pedir(chave: str) -> requests.Response:
            cabecalhos = {
                "Authorization": f"Bearer {self.s.chaves[chave]}",
                "X-Request-Id": f"disputa-{chave}",
            }
            corpo = self.pedido(5)
            return requests.post(f"{self.s.url}/agendamentos", json=corpo, headers=cabecalhos, timeout=20)

        with ThreadPoolExecutor(2) as dois:
            respostas = sorted(dois.map(pedir, ("ADA", "BEATRIZ")), key=lambda r: r.status_code)
        assert [r.status_code for r in respostas] == [201, 409], [r.text for r in respostas]
        assert respostas[1].json()["motivo"] == "PRETERIDO", respostas[1].text
        return respostas[1]

    def _agendamento(self, id_: int) -> None:
        p, s = self.p, self.s
        caminho = f"/agendamentos/{id_}"
        p.escrever("### Ler\n\nO `ETag` é forte: muda a cada versão, e serve ao `If-Match`.")
        etag = p.chamar(s, "GET", caminho, como="ADA").headers["ETag"]
        p.escrever(
            "### Listar\n\n"
            "Filtros: `telescopio`, `cientista`, `de`, `ate`, `estado` (`ATIVO` ou `CANCELADO`), `limite` "
            "(1 a 200). Siga `_links.next` enquanto houver. Cada pessoa vê o que é seu; a operação, tudo."
        )
        p.chamar(s, "GET", "/agendamentos?limite=1", como="OPERADOR")
        p.escrever(
            "### Remarcar\n\n"
            "De uma vez só: ou o novo intervalo é seu, ou o velho continua sendo. Exige `If-Match`."
        )
        p.chamar(s, "PUT", caminho, self.pedido_de_remarcacao(6), como="ADA", If_Match=etag)
        p.escrever("#### Com uma versão velha")
        p.chamar(s, "PUT", caminho, self.pedido_de_remarcacao(7), como="ADA", If_Match=etag)
        p.escrever("### Cancelar\n\nO registro fica, o horário se abre e a cota volta. O corpo é opcional.")
        p.chamar(s, "DELETE", caminho, {"motivo": "Nuvens no centro de controle"}, como="ADA")
        p.escrever("#### O que já foi cancelado")
        p.chamar(s, "DELETE", caminho, como="ADA")

    def pedido_de_remarcacao(self, hora: int) -> dict[str, Any]:
        return {"horario_inicio_utc": self.hora(hora), "objeto_celeste": "M31"}

    def _cientistas(self) -> None:
        p, s = self.p, self.s
        p.escrever(
            "### Cientistas\n\n"
            "#### Cadastrar\n\n"
            "A `chave` só aparece aqui: guarda-se o SHA-256 dela. Com `SCTEC_CADASTRO=operador`, só a "
            "operação cadastra."
        )
        corpo = {"nome": "Vera R.", "email": "vera@exemplo.invalid", "instituicao": "Carnegie", "pais": "EUA"}
        nova = p.chamar(s, "POST", "/cientistas", corpo).json()
        s.chaves["VERA"] = nova["chave"]
        caminho = f"/cientistas/{nova['id']}"
        p.escrever("#### Ler\n\nOs próprios dados (a operação lê os de todos) e o uso da cota no ciclo.")
        p.chamar(s, "GET", caminho, como="VERA")
        p.escrever("#### Alterar\n\nSó o que vier no corpo muda.")
        p.chamar(s, "PUT", caminho, {"instituicao": "Carnegie Institution"}, como="VERA")
        p.escrever(
            "#### Remover\n\nApaga os dados pessoais, revoga a chave e cancela as observações futuras."
        )
        p.chamar(s, "DELETE", caminho, como="VERA")

    def _operacao(self) -> None:
        p, s = self.p, self.s
        p.escrever("### Operação\n\nO que segue exige uma chave de `OPERADOR`.\n\n#### Criar um telescópio")
        corpo = {"slug": "kepler-acad", "nome": "Kepler Acadêmico", "prefixo_recurso": "Kepler-Acad",
                 "duracao_slot_s": 600}  # fmt: skip
        p.chamar(s, "POST", "/telescopios", corpo, como="OPERADOR")
        p.escrever("#### Alterar um telescópio")
        p.chamar(
            s, "PUT", "/telescopios/kepler-acad", {"descricao": "Trânsitos de exoplanetas."}, como="OPERADOR"
        )
        p.escrever(
            "#### Tirar um telescópio de serviço\n\nSó se não tem observações futuras; o histórico fica."
        )
        p.chamar(s, "DELETE", "/telescopios/kepler-acad", como="OPERADOR")
        p.escrever(
            "#### Indisponibilidade\n\n"
            "Fecha um intervalo e, na mesma transação, cancela o que ele cobre, devolve a cota e audita. "
            "Com `?simular=1`, só mostra o que seria cancelado."
        )
        caminho = f"/telescopios/{TELESCOPIO}/indisponibilidades"
        parada = {
            "inicio_utc": self.hora(5),
            "fim_utc": self.hora(5, 30),
            "motivo": "Calibração dos giroscópios",
        }
        criada = p.chamar(s, "POST", caminho, parada, como="OPERADOR").json()
        p.escrever("#### Listar indisponibilidades\n\nPública: as em curso e as futuras.")
        p.chamar(s, "GET", caminho)
        p.escrever("#### Reabrir\n\nO que foi cancelado continua cancelado.")
        p.chamar(s, "DELETE", f"{caminho}/{criada['id']}", como="OPERADOR")

    def _auditoria(self) -> None:
        p, s = self.p, self.s
        p.escrever(
            "### Auditoria\n\n"
            "A trilha encadeada por SHA-256, em páginas; filtros `evento` e `agendamento_id`. O formato de "
            "cada linha está em [LOGGING.md](LOGGING.md)."
        )
        p.chamar(s, "GET", "/auditoria?evento=AGENDAMENTO_CANCELADO&limite=1", como="OPERADOR")
        p.escrever("#### Conferir a trilha")
        p.chamar(s, "GET", "/auditoria/verificacao", como="OPERADOR")
        p.escrever("### Locks em vigor")
        p.chamar(s, "GET", "/operacao/travas", como="OPERADOR")
        p.escrever(
            "### Uma corrida de demonstração\n\nSó com `SCTEC_DEMO=1`: dez pedidos pelo mesmo horário, com "
            "distâncias imitadas. Aqui, dos dez, só quem venceu e uma das preteridas."
        )
        corpo = {"telescopio": TELESCOPIO}
        p.chamar(s, "POST", "/demo/corrida", corpo, como="OPERADOR", arrumar=_venceu_e_preterida)
        p.escrever("### Saúde, métricas e documentação")
        p.chamar(s, "GET", "/saude/vivo")
        p.chamar(s, "GET", "/saude/pronto")
        p.chamar(s, "GET", "/justica", arrumar=_sem_faixas)
        p.escrever("Métricas em OpenMetrics, uma a uma em [METRICAS.md](METRICAS.md). Um trecho:")
        linhas = p.chamar(s, "GET", "/metrics", mostrar=False).text.splitlines()
        p.trecho([linha for linha in linhas if linha.startswith("sctec_build_info")])
        p.escrever(
            "`GET /openapi.json` é a descrição completa em OpenAPI 3.1, e `GET /docs` a mostra num "
            "navegador, sem depender de rede. `GET /erros/{tipo}` explica cada tipo de problema."
        )

    def _recusas(self) -> None:
        p, s = self.p, self.s
        p.escrever(
            "## Recusas\n\n"
            "Toda recusa é `application/problem+json` (RFC 9457): o que houve, em que campo, o que fazer. "
            "O `type` é o endereço da página que explica o tipo; o `request_id` é o mesmo das linhas de "
            "log dos dois serviços. Os tipos todos estão em [erros/](erros/).\n\n"
            "### 400: o corpo não é JSON"
        )
        p.chamar(s, "POST", "/agendamentos", '{"telescopio": ', como="ADA")
        p.escrever("### 401: sem chave")
        p.chamar(s, "GET", "/agendamentos")
        p.escrever("### 403: a chave não dá direito")
        p.chamar(s, "GET", "/auditoria", como="ADA")
        p.escrever("### 404: não existe, ou não é seu")
        p.chamar(s, "GET", "/agendamentos/999", como="ADA")
        p.escrever("### 405: método errado")
        p.chamar(s, "DELETE", "/time")
        p.escrever("### 415: o corpo não se diz JSON")
        p.chamar(s, "POST", "/agendamentos", self.pedido(8), como="ADA", Content_Type="text/plain")
        p.escrever("### 422: um ou mais campos\n\nUma entrada por campo, cada uma com o seu remédio.")
        torto = {"telescopio": TELESCOPIO, "horario_inicio_utc": self.hora(8)[:-1], "lente": "azul"}
        p.chamar(s, "POST", "/agendamentos", torto, como="ADA")
        p.escrever("### 428: falta o `If-Match`")
        p.chamar(s, "PUT", "/agendamentos/2", self.pedido_de_remarcacao(9), como="ADA")


def _venceu_e_preterida(corrida: dict[str, Any]) -> dict[str, Any]:
    venceu = next(c for c in corrida["concorrentes"] if c["status"] == 201)
    preterida = next(c for c in corrida["concorrentes"] if c["motivo"] == "PRETERIDO")
    return {**corrida, "concorrentes": [venceu, preterida]}


def _sem_faixas(justica: dict[str, Any]) -> dict[str, Any]:
    """O que depende das idas e voltas que se mediram muda de uma execução para outra."""
    sem: dict[str, Any] = {"por_ida_e_volta": [], "lenta_sobre_rapida": None}
    return {**justica, "disputas": {**justica["disputas"], **sem}}
