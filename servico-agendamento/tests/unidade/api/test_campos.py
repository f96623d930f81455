"""Cada entrada ruim é recusada com mensagem e remédio; cada boa vira o valor canônico."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agendamento.api.campos import (
    MAIOR_ID,
    Email,
    Escolha,
    Falha,
    Instante,
    Inteiro,
    Real,
    Sinal,
    Texto,
)
from tests.apoio import instantes

qualquer = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda filhos: st.lists(filhos, max_size=3) | st.dictionaries(st.text(), filhos, max_size=3),
    max_leaves=5,
)
CAMPOS: list[ma.fields.Field[Any]] = [
    Texto(20),
    Texto(20, linhas=True),
    Texto(20, padrao="^[a-z]+$"),
    Email(),
    Inteiro(1, MAIOR_ID),
    Inteiro(1, 200, da_query=True),
    Real(0, 60_000),
    Escolha("ATIVO", "CANCELADO"),
    Instante(),
    Sinal(),
]


def _falhas(campo: ma.fields.Field[Any], valor: Any) -> list[str]:
    try:
        campo.deserialize(valor)
    except ma.ValidationError as recusa:
        return list(recusa.messages)
    return []


def _recusa(campo: ma.fields.Field[Any], valor: Any) -> str:
    with pytest.raises(ma.ValidationError) as recusa:
        campo.deserialize(valor)
    (falha,) = recusa.value.messages
    assert isinstance(falha, Falha)
    assert falha
    assert falha.remedio
    return str(falha)


@pytest.mark.parametrize("campo", CAMPOS, ids=lambda campo: type(campo).__name__)
@given(valor=qualquer)
def test_qualquer_json_e_aceito_ou_recusado_com_remedio(campo: ma.fields.Field[Any], valor: Any) -> None:
    assert all(isinstance(f, Falha) and f and f.remedio for f in _falhas(campo, valor))


@pytest.mark.parametrize("campo", CAMPOS, ids=lambda campo: type(campo).__name__)
def test_nulo_e_recusado_salvo_onde_se_permite(campo: ma.fields.Field[Any]) -> None:
    assert "nulo" in _recusa(campo, None)


def test_campo_que_falta() -> None:
    campo = Texto(5, required=True)
    with pytest.raises(ma.ValidationError) as recusa:
        campo.deserialize(ma.missing)
    assert recusa.value.messages[0].remedio == "Envie-o."


class TestTexto:
    @pytest.mark.parametrize("valor", [7, 1.5, True, [], {}, ["a"]])
    def test_nao_texto(self, valor: Any) -> None:
        assert "não é um texto" in _recusa(Texto(10), valor)

    @pytest.mark.parametrize("valor", ["", " ", "\t\n", "\u00a0", "\u2003\u3000"])
    def test_em_branco(self, valor: str) -> None:
        assert "em branco" in _recusa(Texto(10), valor)

    @pytest.mark.parametrize("valor", ["a\x00b", "a\x1b[31mb", "a\x7fb", "a\u0085b", "a\ud800b", "a\nb"])
    def test_controle(self, valor: str) -> None:
        assert "controle" in _recusa(Texto(10), valor)

    def test_quebra_de_linha_so_onde_cabe(self) -> None:
        assert Texto(10, linhas=True).deserialize("a\n\tb") == "a\n\tb"
        assert "controle" in _recusa(Texto(10, linhas=True), "a\rb")

    def test_tamanho_depois_de_aparado(self) -> None:
        assert Texto(3).deserialize("  abc  ") == "abc"
        assert "tem 4 caracteres; o máximo é 3" in _recusa(Texto(3), "abcd")

    def test_forma(self) -> None:
        assert "forma esperada" in _recusa(Texto(10, padrao="^[a-z]+$"), "ABC")
        # O fim do padrão é o fim do texto: uma quebra de linha não passa despercebida.
        assert "controle" in _recusa(Texto(10, padrao="^[a-z]+$"), "abc\x0bd")

    @given(st.text(max_size=30))
    def test_o_aceito_e_canonico(self, valor: str) -> None:
        try:
            lido = Texto(20).deserialize(valor)
        except ma.ValidationError:
            return
        assert lido == lido.strip()
        assert unicodedata.is_normalized("NFC", lido)
        assert 1 <= len(lido) <= 20
        lido.encode("utf-8")
        assert Texto(20).deserialize(lido) == lido

    def test_o_mesmo_nome_escrito_de_dois_modos_e_um_so(self) -> None:
        assert Texto(10).deserialize("Jose\u0301") == Texto(10).deserialize("José")


class TestEmail:
    def test_minusculas(self) -> None:
        assert Email().deserialize(" Ada@Valongo.BR ") == "ada@valongo.br"

    @pytest.mark.parametrize(
        "valor", ["ada", "ada@", "@x.br", "a da@x.br", "ada@x", "a@b@c.d", "a@b.c " * 99]
    )
    def test_forma(self, valor: str) -> None:
        _recusa(Email(), valor)


class TestInteiro:
    @pytest.mark.parametrize("valor", ["7", 1.5, True, False, [], {}, float("inf"), float("nan"), 1e300])
    def test_nao_inteiro(self, valor: Any) -> None:
        assert "não é um número inteiro" in _recusa(Inteiro(0, 10**9), valor)

    @pytest.mark.parametrize("valor", [0, -1, 2**63, 2**70, -(2**70)])
    def test_fora_do_intervalo(self, valor: int) -> None:
        assert "fora do intervalo" in _recusa(Inteiro(1, MAIOR_ID), valor)

    def test_inteiro_escrito_com_ponto(self) -> None:
        # JSON não distingue 5 de 5.0 (RFC 8259 §6).
        assert Inteiro(0, 10).deserialize(5.0) == 5

    @pytest.mark.parametrize("valor", ["", "1e3", "٣", "1_000", " 1", "0x1", "9" * 31, "--1"])
    def test_na_query_so_algarismos(self, valor: str) -> None:
        _recusa(Inteiro(0, 10**9, da_query=True), valor)

    @given(st.integers(-(10**12), 10**12))
    def test_na_query(self, numero: int) -> None:
        campo = Inteiro(-(10**12), 10**12, da_query=True)
        assert campo.deserialize(str(numero)) == numero


class TestReal:
    @pytest.mark.parametrize("valor", ["1", True, None, [], {}])
    def test_nao_numero(self, valor: Any) -> None:
        _recusa(Real(0, 10), valor)

    @pytest.mark.parametrize("valor", [-0.001, 10.1, float("inf"), float("-inf"), float("nan"), 10**400])
    def test_fora_do_intervalo(self, valor: float) -> None:
        assert "fora do intervalo" in _recusa(Real(0, 10), valor)


class TestInstante:
    @pytest.mark.parametrize("valor", ["2026-12-01T03:00:00", "2026-12-01 03:00", "2026-12-01T03:00:00.5"])
    def test_sem_fuso(self, valor: str) -> None:
        assert "não diz o fuso" in _recusa(Instante(), valor)

    @pytest.mark.parametrize(
        "valor",
        [
            "", "amanhã", "2026-12-01", "2026-12-01T03:00Z", "2026-12-01T03:00:00+0300", "01/12/2026 03:00",
            "2026-12-01T03:00:00Z ", "２０２６-12-01T03:00:00Z", "2026-12-01T03:00:00.Z",
            "2026-12-01T03:00:00.1234567890Z", "+2026-12-01T03:00:00Z", "2026-W49-2T03:00:00Z", "1e400",
        ],
    )  # fmt: skip
    def test_fora_do_rfc_3339(self, valor: str) -> None:
        assert "não está em RFC 3339" in _recusa(Instante(), valor)

    @pytest.mark.parametrize(
        "valor",
        [
            "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-10T00:00:00Z", "2025-02-29T00:00:00Z",
            "2026-12-01T24:00:00Z", "2026-12-01T23:60:00Z", "2026-12-01T23:59:60Z", "2026-12-01T00:00:00+24:00",
        ],
    )  # fmt: skip
    def test_fora_do_calendario(self, valor: str) -> None:
        assert "não existe no calendário" in _recusa(Instante(), valor)

    @pytest.mark.parametrize(
        "valor", ["1899-12-31T23:59:59Z", "3000-01-01T00:00:00Z", "0001-01-01T00:00:00Z"]
    )
    def test_fora_dos_anos(self, valor: str) -> None:
        assert "anos aceitos" in _recusa(Instante(), valor)

    @pytest.mark.parametrize("valor", [1_764_558_000, None, {}, [], 1.5, True])
    def test_nao_texto(self, valor: Any) -> None:
        _recusa(Instante(), valor)

    def test_menos_zero_e_utc(self) -> None:
        assert Instante().deserialize("2026-12-01T03:00:00-00:00") == datetime(2026, 12, 1, 3, tzinfo=UTC)

    @given(quando=instantes(1901, 2998), fuso=st.integers(-23 * 60 - 59, 23 * 60 + 59))
    def test_qualquer_fuso_da_o_mesmo_instante_em_utc(self, quando: datetime, fuso: int) -> None:
        local = quando.astimezone(timezone(timedelta(minutes=fuso)))
        lido = Instante().deserialize(local.isoformat())
        assert lido == quando
        assert lido.tzinfo is UTC

    def test_minusculas_valem(self) -> None:
        # RFC 3339 §5.6: "T" e "Z" podem vir em minúsculas.
        assert Instante().deserialize("2026-12-01t03:00:00z") == datetime(2026, 12, 1, 3, tzinfo=UTC)


def test_escolha_lista_as_opcoes_no_remedio() -> None:
    with pytest.raises(ma.ValidationError) as recusa:
        Escolha("ATIVO", "INATIVO").deserialize("ativo")
    assert recusa.value.messages[0].remedio == "Use um de: ATIVO, INATIVO."


@pytest.mark.parametrize("valor", ["", "true", "2", 1, True, []])
def test_sinal_e_0_ou_1(valor: Any) -> None:
    _recusa(Sinal(), valor)
    assert Sinal().deserialize("1") is True
    assert Sinal().deserialize("0") is False
