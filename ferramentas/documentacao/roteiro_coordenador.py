"""As chamadas do servico-coordenador: as públicas e as internas."""

from __future__ import annotations

import requests

from ferramentas.documentacao.pagina import PRAZO_S, Pagina, Servico

ROTAS = frozenset(
    {
        ("POST", "/lock"), ("POST", "/unlock"), ("POST", "/renovar"), ("GET", "/locks"), ("POST", "/eventos"),
        ("GET", "/eventos"), ("GET", "/justica"), ("GET", "/saude/vivo"), ("GET", "/saude/pronto"),
        ("GET", "/metrics"),
    }
)  # fmt: skip
RECURSO = "Telescopio-X_slot-1"


def tudo(p: Pagina, s: Servico) -> None:
    _travas(p, s)
    _eventos(p, s)
    p.escrever(
        "### Justiça\n\n"
        "Pública: a regra, os parâmetros, os compromissos do sorteio e as contagens. A explicação está em "
        "[JUSTICA.md](JUSTICA.md)."
    )
    p.chamar(s, "GET", "/justica")
    p.escrever("### Saúde e métricas")
    p.chamar(s, "GET", "/saude/vivo")
    p.chamar(s, "GET", "/saude/pronto")
    linhas = p.chamar(s, "GET", "/metrics", mostrar=False).text.splitlines()
    p.trecho([linha for linha in linhas if linha.startswith("sctec_build_info")])


def _travas(p: Pagina, s: Servico) -> None:
    p.escrever(
        "## servico-coordenador\n\n"
        "Não conhece telescópios nem pessoas: recursos são textos. As chamadas que levam `$SEGREDO` são "
        "internas, do agendamento para ele.\n\n"
        "### Pedir lock\n\n"
        "`recurso` (um) ou `recursos` (até 512; todos ou nenhum). Opcionais: `lease_ms` e os dados da "
        "arbitragem. Quem encontra o recurso ocupado espera o desfecho de quem o tem."
    )
    pedido = {"recurso": RECURSO, "solicitante": "exemplo", "lease_ms": 5000, "janela_ms": 0}
    concessao = p.chamar(s, "POST", "/lock", pedido, como="SEGREDO").json()["concessao"]
    p.escrever("### Renovar o lease")
    p.chamar(s, "POST", "/renovar", {"concessao": concessao, "lease_ms": 5000}, como="SEGREDO")
    p.escrever("### O que está preso agora")
    p.chamar(s, "GET", "/locks", como="SEGREDO")
    p.escrever(
        "### Devolver\n\n"
        "`desfecho`: `SALVO` (quem espera ouve 409, porque o recurso foi mesmo tomado) ou `NAO_SALVO`, o "
        'padrão (passa a vez). Só o segredo da concessão a devolve. Em lote: `{"concessoes": '
        '[{"concessao": …, "desfecho": …}, …]}`.'
    )
    p.chamar(s, "POST", "/unlock", {"concessao": concessao, "desfecho": "NAO_SALVO"}, como="SEGREDO")
    p.escrever("#### Devolver de novo, ou o que não é seu")
    p.chamar(s, "POST", "/unlock", {"concessao": concessao}, como="SEGREDO")
    p.escrever("#### Sem o segredo")
    p.chamar(s, "POST", "/unlock", {"concessao": concessao})


def _eventos(p: Pagina, s: Servico) -> None:
    p.escrever(
        "### Publicar um evento\n\n"
        "Tipos: `agendamento.criado`, `agendamento.cancelado`, `agendamento.remarcado`, "
        '`agenda.indisponivel`, `arbitragem.decidida`. Sem dados pessoais. Em lote: `{"eventos": [ … ]}`; '
        "`traceparent` (opcional, W3C) liga cada um ao traço que o causou."
    )
    dados = {"agendamento_id": 1, "telescopio": "hubble-acad"}
    with requests.get(f"{s.url}/eventos", stream=True, timeout=PRAZO_S) as fluxo:
        p.chamar(s, "POST", "/eventos", {"tipo": "agendamento.criado", "dados": dados}, como="SEGREDO")
        p.escrever(
            "### Assistir\n\n"
            "Público, `text/event-stream`. Quem volta com `Last-Event-ID` recebe o que perdeu; se já não "
            "há como, vem `recarregar`."
        )
        p.escrever('```sh\ncurl -N "$COORDENADOR/eventos"\n```')
        p.trecho(_primeiro_evento(fluxo))
    p.feitas.append((s.variavel, "GET", "/eventos"))


def _primeiro_evento(fluxo: requests.Response) -> list[str]:
    bloco: list[str] = []
    for linha in fluxo.iter_lines(chunk_size=1, decode_unicode=True):
        if linha:
            bloco.append(linha)
        elif any(parte.startswith("event:") for parte in bloco):
            # O número do evento depende do que houve antes; a forma, não.
            return ["id: 1-7" if parte.startswith("id:") else parte for parte in bloco]
        else:
            bloco.clear()
    raise AssertionError("o fluxo de eventos acabou sem um evento")
