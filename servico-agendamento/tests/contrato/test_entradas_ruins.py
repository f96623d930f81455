"""Nenhuma entrada ruim derruba o serviço: cada uma é um 4xx que nomeia o campo e diz o remédio."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.apoio import HUBBLE, Bancada, campos_recusados, chave_de

TRES = "2026-12-01T03:00:00Z"
BOM = {"telescopio": HUBBLE, "horario_inicio_utc": TRES}
GIGANTE = 2**70

CORPOS_MALFORMADOS = {
    "vazio": b"",
    "truncado": b'{"telescopio": "hubble-acad", "horario_inicio',
    "chave repetida": b'{"telescopio": "hubble-acad", "telescopio": "chandra-acad"}',
    "NaN": b'{"incerteza_ms": NaN}',
    "Infinity": b'{"incerteza_ms": Infinity}',
    "UTF-16": json.dumps(BOM).encode("utf-16"),
    "latin-1": '{"telescopio": "é"}'.encode("latin-1"),
    "aninhado": b"[" * 60_000,
    "dois objetos": b"{}{}",
    "inteiro de 5 mil algarismos": b'{"cientista_id": ' + b"9" * 5000 + b"}",
    "chave repetida que não cabe em UTF-8": b'{"\\ud800": 1, "\\ud800": 2}',
}

CORPOS_QUE_NAO_SAO_OBJETO = [b"null", b"[]", b'"texto"', b"7", b"true", b"[{}]"]

CAMPOS: list[tuple[str, Any]] = [
    ("telescopio", None), ("telescopio", 7), ("telescopio", True), ("telescopio", []), ("telescopio", {}),
    ("telescopio", ""), ("telescopio", "   "), ("telescopio", "\u00a0"), ("telescopio", "x\x00y"),
    ("telescopio", "x" * 65), ("telescopio", "__proto__"), ("telescopio", "nenhum"), ("telescopio", "\ud800"),
    ("telescopio", "'; DROP TABLE agendamentos; --"),
    ("horario_inicio_utc", None), ("horario_inicio_utc", 1_764_558_000), ("horario_inicio_utc", "amanhã"),
    ("horario_inicio_utc", "2026-12-01T03:00:00"), ("horario_inicio_utc", "2026-12-01"),
    ("horario_inicio_utc", "2026-02-30T03:00:00Z"), ("horario_inicio_utc", "2026-12-01T25:00:00Z"),
    ("horario_inicio_utc", "2026-12-01T03:00:60Z"), ("horario_inicio_utc", "2026-12-01T03:02:00Z"),
    ("horario_inicio_utc", "2020-01-01T00:00:00Z"), ("horario_inicio_utc", "2099-01-01T00:00:00Z"),
    ("horario_inicio_utc", "9999-12-31T23:59:59-23:59"), ("horario_inicio_utc", "0000-00-00T00:00:00Z"),
    ("horario_fim_utc", TRES), ("horario_fim_utc", "2026-12-01T02:00:00Z"), ("horario_fim_utc", None),
    ("horario_fim_utc", "2026-12-01T03:01:00Z"), ("horario_fim_utc", "2027-12-01T03:00:00Z"),
    ("objeto_celeste", ""), ("objeto_celeste", 31), ("objeto_celeste", "M31\x07"), ("objeto_celeste", "M" * 121),
    ("objeto_celeste", {"toString": 1}), ("observacoes", "   "), ("observacoes", "o" * 2001),
    ("observacoes", "\x1b[2J"), ("cientista_id", 0), ("cientista_id", -1), ("cientista_id", 1.5),
    ("cientista_id", "1"), ("cientista_id", GIGANTE), ("cientista_id", -GIGANTE), ("cientista_id", True),
    ("cientista_id", None), ("instante_clique_utc", "agora"), ("instante_clique_utc", 0),
    ("incerteza_ms", -1), ("incerteza_ms", "4"), ("incerteza_ms", 1e300), ("bilhete_tempo", 7),
    ("bilhete_tempo", ""), ("desconhecido", 1), ("__proto__", {"admin": True}), ("constructor", 1),
    ("id", 1), ("estado", "ATIVO"), ("\ud800", 1), ("\x00", 1), ("x" * 5000, 1),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _nada_se_grava(bancada_do_modulo: Bancada) -> Iterator[None]:
    antes = bancada_do_modulo.eventos()
    yield
    assert bancada_do_modulo.eventos() == antes
    assert bancada_do_modulo.coordenador.pedidos == []


def _conferir(recusa: Any, status: int) -> None:
    assert recusa.status_code == status
    assert recusa.content_type == "application/problem+json"
    corpo = recusa.json
    assert corpo["status"] == status
    assert corpo["type"].startswith("/erros/")
    for nome in ("title", "detail", "remedio", "instance", "request_id", "trace_id"):
        assert corpo[nome]
    assert "Traceback" not in recusa.text


@pytest.mark.parametrize("corpo", CORPOS_MALFORMADOS.values(), ids=CORPOS_MALFORMADOS)
def test_corpo_malformado_e_400(bancada_do_modulo: Bancada, corpo: bytes) -> None:
    recusa = bancada_do_modulo.pedir("POST", "/agendamentos", corpo)
    _conferir(recusa, 400)
    mensagem, remedio = campos_recusados(recusa)["(corpo)"]
    assert mensagem
    assert remedio


@pytest.mark.parametrize("corpo", CORPOS_QUE_NAO_SAO_OBJETO)
def test_corpo_que_nao_e_objeto_e_422(bancada_do_modulo: Bancada, corpo: bytes) -> None:
    recusa = bancada_do_modulo.pedir("POST", "/agendamentos", corpo)
    _conferir(recusa, 422)
    assert "não é um objeto JSON" in campos_recusados(recusa)["(corpo)"][0]


@pytest.mark.parametrize(("campo", "valor"), CAMPOS, ids=[f"{c[:20]!a}={v!a:.30}" for c, v in CAMPOS])
def test_campo_ruim_e_422_que_o_nomeia(bancada_do_modulo: Bancada, campo: str, valor: Any) -> None:
    corpo = json.dumps({**BOM, campo: valor}).encode()
    recusa = bancada_do_modulo.pedir("POST", "/agendamentos", corpo)
    _conferir(recusa, 422)
    citado = "".join(c if c.isprintable() else "?" for c in campo[:80])
    mensagem, remedio = campos_recusados(recusa)[citado]
    assert mensagem
    assert remedio


def test_todos_os_campos_ruins_de_uma_vez(bancada_do_modulo: Bancada) -> None:
    corpo = {"horario_inicio_utc": 7, "objeto_celeste": "", "inventado": 1}
    recusa = bancada_do_modulo.pedir("POST", "/agendamentos", corpo)
    _conferir(recusa, 422)
    assert set(campos_recusados(recusa)) == {
        "telescopio",
        "horario_inicio_utc",
        "objeto_celeste",
        "inventado",
    }


@pytest.mark.parametrize("tamanho", [64 * 1024 + 1, 1_000_000])
def test_corpo_grande_demais_e_413(bancada_do_modulo: Bancada, tamanho: int) -> None:
    corpo = json.dumps({**BOM, "observacoes": "o" * tamanho}).encode()
    _conferir(bancada_do_modulo.pedir("POST", "/agendamentos", corpo), 413)


@pytest.mark.parametrize(
    "tipo",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "",
        "json",
    ],
)
def test_tipo_de_conteudo_errado_e_415(bancada_do_modulo: Bancada, tipo: str) -> None:
    corpo = json.dumps(BOM).encode()
    _conferir(bancada_do_modulo.pedir("POST", "/agendamentos", corpo, Content_Type=tipo), 415)


@pytest.mark.parametrize(
    ("caminho", "metodo"),
    [
        ("/agendamentos", "DELETE"), ("/agendamentos", "PUT"), ("/agendamentos/1", "POST"), ("/time", "POST"),
        ("/telescopios", "DELETE"), ("/cientistas", "GET"), ("/auditoria", "DELETE"), ("/", "POST"),
        ("/agendamentos", "TRACE"), ("/agendamentos", "PROPFIND"), ("/saude/vivo", "PUT"),
    ],
)  # fmt: skip
def test_metodo_errado_e_405_com_allow(bancada_do_modulo: Bancada, caminho: str, metodo: str) -> None:
    recusa = bancada_do_modulo.pedir(metodo, caminho)
    _conferir(recusa, 405)
    aceitos = recusa.headers["Allow"].split(", ")
    assert metodo not in aceitos
    assert aceitos


@pytest.mark.parametrize(
    "query", ["simular=2", "simular=", "simular=true", "simular=1&outra=1", "inventada=1"]
)
def test_query_ruim_e_422_que_a_nomeia(bancada_do_modulo: Bancada, query: str) -> None:
    recusa = bancada_do_modulo.pedir("POST", f"/agendamentos?{query}", BOM)
    _conferir(recusa, 422)
    assert set(campos_recusados(recusa)) <= {"simular", "outra", "inventada"}


@pytest.mark.parametrize(
    "caminho", ["/nada", "/agendamentos//1", "/%2e%2e/etc/passwd", "/agendamentos/1/", "/\u00e9",
                "/agendamentos/%00", "/erros/nenhum", "/estatico/../app.py", "/docs/estatico/../../app.py"],
)  # fmt: skip
def test_endereco_que_nao_ha_e_404(bancada_do_modulo: Bancada, caminho: str) -> None:
    _conferir(bancada_do_modulo.pedir("GET", caminho), 404)


class TestOutrasRotas:
    """Os mesmos cuidados, onde quer que se leia um corpo."""

    ROTAS: list[tuple[str, str, str, dict[str, str]]] = [  # noqa: RUF012
        ("PUT", "/agendamentos/1", "ada", {"If-Match": '"1-1"'}),
        ("POST", "/telescopios", "operacao", {}),
        ("PUT", f"/telescopios/{HUBBLE}", "operacao", {}),
        ("POST", f"/telescopios/{HUBBLE}/indisponibilidades", "operacao", {}),
        ("POST", "/cientistas", "ada", {}),
        ("PUT", "/cientistas/1", "ada", {}),
    ]

    @pytest.mark.parametrize(("metodo", "caminho", "quem", "cabecalhos"), ROTAS)
    @pytest.mark.parametrize(
        ("corpo", "status"),
        [(b"null", 422), (b"[]", 422), (b'{"a": 1', 400), (b'{"a": 1, "a": 2}', 400), (b'{"__proto__": {}}', 422),
         (b"x" * 70_000, 413), (b'{"\\ud800": 1}', 422), (b"\xff", 400)],
    )  # fmt: skip
    def test_corpo_ruim(
        self,
        bancada_do_modulo: Bancada,
        metodo: str,
        caminho: str,
        quem: str,
        cabecalhos: dict[str, str],
        corpo: bytes,
        status: int,
    ) -> None:
        _conferir(bancada_do_modulo.pedir(metodo, caminho, corpo, quem=quem, **cabecalhos), status)

    @pytest.mark.parametrize("corpo", [b"null", b"[]", b'{"motivo": 7}', b'{"motivo": ""}', b'{"outro": 1}'])
    def test_motivo_ruim_do_cancelamento(self, bancada_do_modulo: Bancada, corpo: bytes) -> None:
        _conferir(bancada_do_modulo.pedir("DELETE", "/agendamentos/1", corpo), 422)


def test_cabecalhos_estranhos_nao_derrubam(bancada_do_modulo: Bancada) -> None:
    estranhos = {
        "traceparent": "00-" + "g" * 32 + "-1-1",
        "X-Request-Id": "\u00ff" * 100,
        "If-None-Match": '"" , *, lixo',
        "Accept": ";;;q=x",
        "Content-Length": "0",
        "Accept-Language": "\x7f",
    }
    for nome, valor in estranhos.items():
        resposta = bancada_do_modulo.pedir("GET", "/telescopios", **{nome: valor})
        assert resposta.status_code == 200, nome


def test_a_chave_errada_nao_volta_na_resposta(bancada_do_modulo: Bancada) -> None:
    falsa = chave_de("ninguem-com-este-nome")
    recusa = bancada_do_modulo.pedir("GET", "/agendamentos", quem=falsa)
    _conferir(recusa, 401)
    assert falsa not in recusa.text
