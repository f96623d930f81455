"""A trilha encadeada: mudar, tirar, reordenar ou cortar linhas é sempre percebido, e a culpada é nomeada."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from agendamento.persistencia import auditoria, db
from agendamento.persistencia.auditoria import GENESE, encadear
from agendamento.persistencia.conferencia import Divergencia, verificar
from agendamento.persistencia.db import BancoSQL
from tests.apoio import AGORA, config_de_teste

QUANTAS = 8


@pytest.fixture
def engine(url_do_banco: str, tmp_path: Any) -> Iterator[Engine]:
    """Um banco com trilha de ``QUANTAS`` linhas além das da semente."""
    engine = db.ligar(Flask("trilha"), config_de_teste(tmp_path, url_do_banco))
    banco = BancoSQL(engine, rastro=lambda: ("a" * 32, "pedido-1"))
    for n in range(QUANTAS):
        banco.escrever("auditar", lambda escrita, n=n: escrita.auditar("TESTE", {"n": n, "texto": "ção"}))
    yield engine
    banco.fechar()


def _verificar(engine: Engine) -> list[Divergencia]:
    with engine.connect() as con:
        return list(verificar(con))


def _ultimo(con: Connection) -> int:
    return int(con.execute(text("SELECT max(seq) FROM auditoria")).scalar_one())


def test_intacta_nao_tem_divergencia(engine: Engine) -> None:
    assert _verificar(engine) == []


def test_o_hash_e_o_que_a_documentacao_diz(engine: Engine) -> None:
    # Refeito aqui só com a biblioteca padrão: qualquer um pode conferir a trilha sem este código.
    anterior = GENESE
    with engine.connect() as con:
        for linha in con.execute(text("SELECT * FROM auditoria ORDER BY seq")).mappings():
            registro = {
                "seq": linha["seq"],
                "timestamp_utc": str(linha["instante_utc"])[:23].replace(" ", "T") + "Z",
                "event_type": linha["evento"],
                "details": json.loads(linha["detalhes"]),
                "trace_id": linha["trace_id"],
                "request_id": linha["request_id"],
            }
            canonico = json.dumps(registro, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            anterior = hashlib.sha256(f"{anterior}\n{canonico}".encode()).hexdigest()
            assert linha["hash"] == anterior


@pytest.mark.parametrize(
    ("coluna", "valor"),
    [
        ("evento", "OUTRO"),
        ("detalhes", '{"n":99,"texto":"ção"}'),
        ("instante_utc", "2020-01-01 00:00:00.000000"),
        ("trace_id", None),
        ("request_id", "pedido-2"),
        ("hash", "f" * 64),
        ("detalhes", "isto não é JSON"),
        ("agendamento_id", "1"),
    ],
)
def test_linha_alterada_e_nomeada(engine: Engine, coluna: str, valor: str | None) -> None:
    with engine.begin() as con:
        alvo = _ultimo(con) - 3
        con.execute(text(f"UPDATE auditoria SET {coluna} = :v WHERE seq = :s"), {"v": valor, "s": alvo})
    divergencias = _verificar(engine)
    assert divergencias[0].seq == alvo
    assert "alterado" in divergencias[0].problema


def test_linha_tirada_do_meio_e_nomeada(engine: Engine) -> None:
    with engine.begin() as con:
        alvo = _ultimo(con) - 3
        con.execute(text("DELETE FROM auditoria WHERE seq = :s"), {"s": alvo})
    (divergencia,) = _verificar(engine)
    assert divergencia == Divergencia(alvo + 1, f"faltam as linhas de {alvo} a {alvo}")


def test_linha_tirada_e_as_outras_renumeradas(engine: Engine) -> None:
    with engine.begin() as con:
        ultimo = _ultimo(con)
        con.execute(text("DELETE FROM auditoria WHERE seq = :s"), {"s": ultimo - 3})
        for seq in range(ultimo - 2, ultimo + 1):
            con.execute(text("UPDATE auditoria SET seq = seq - 1 WHERE seq = :s"), {"s": seq})
    assert _verificar(engine)[0].seq == ultimo - 3


def test_duas_linhas_trocadas_sao_nomeadas(engine: Engine) -> None:
    with engine.begin() as con:
        a = _ultimo(con) - 4
        for de, para in ((a, -1), (a + 1, a), (-1, a + 1)):
            con.execute(text("UPDATE auditoria SET seq = :para WHERE seq = :de"), {"de": de, "para": para})
    assert [d.seq for d in _verificar(engine)][:2] == [a, a + 1]


def test_linha_enxertada_e_nomeada(engine: Engine) -> None:
    with engine.begin() as con:
        ultimo = _ultimo(con)
        con.execute(
            text(
                "INSERT INTO auditoria (seq, instante_utc, evento, detalhes, hash) "
                "SELECT seq + 1, instante_utc, evento, detalhes, hash FROM auditoria WHERE seq = :s"
            ),
            {"s": ultimo},
        )
    assert _verificar(engine)[0].seq == ultimo + 1


@pytest.mark.parametrize("quantas", [1, 3])
def test_fim_cortado_e_percebido(engine: Engine, quantas: int) -> None:
    with engine.begin() as con:
        ultimo = _ultimo(con)
        con.execute(text("DELETE FROM auditoria WHERE seq > :s"), {"s": ultimo - quantas})
    (divergencia,) = _verificar(engine)
    assert divergencia.seq == ultimo
    assert f"acaba no seq {ultimo - quantas}" in divergencia.problema


def test_trilha_toda_apagada_e_percebida(engine: Engine) -> None:
    with engine.begin() as con:
        con.execute(text("DELETE FROM auditoria"))
    assert _verificar(engine)


@given(
    registro=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers(-(2**53), 2**53)),
    outro=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers(-(2**53), 2**53)),
)
def test_registros_diferentes_dao_hashes_diferentes(registro: dict[str, Any], outro: dict[str, Any]) -> None:
    assert (encadear(GENESE, registro) == encadear(GENESE, outro)) is (registro == outro)
    embaralhado = dict(reversed(registro.items()))
    assert encadear(GENESE, registro) == encadear(GENESE, embaralhado)
    assert encadear("1" * 64, registro) != encadear(GENESE, registro)


def test_cabeca_apagada_e_percebida(engine: Engine) -> None:
    with engine.begin() as con:
        con.execute(text("DELETE FROM auditoria_cabeca"))
    (divergencia,) = _verificar(engine)
    assert "cabeça da trilha sumiu" in divergencia.problema


def test_cabeca_adulterada_e_percebida(engine: Engine) -> None:
    with engine.begin() as con:
        con.execute(text("UPDATE auditoria_cabeca SET hash = :h"), {"h": "e" * 64})
    (divergencia,) = _verificar(engine)
    assert "cabeça aponta" in divergencia.problema


class TestDesfazer:
    """``marcar`` e ``voltar``: a operação que falha não deixa linha nem buraco."""

    def test_voltar_repoe_o_fim(self) -> None:
        trilha = auditoria.Trilha(3, "c" * 64, [])
        self._acrescentar(trilha, 1)
        marca = trilha.marcar()
        fim = (trilha.seq, trilha.hash, list(trilha.pendentes))
        self._acrescentar(trilha, 2)
        self._acrescentar(trilha, 3)
        trilha.voltar(marca)
        assert (trilha.seq, trilha.hash, trilha.pendentes) == fim

    @staticmethod
    def _acrescentar(trilha: auditoria.Trilha, n: int) -> None:
        trilha.acrescentar(AGORA, "TESTE", {"n": n}, None, None)
