"""Bilhetes de tempo: só prova o que o servidor mediu, e nenhum salto de relógio desloca um clique."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agendamento.dominio.bilhete import (
    AMOSTRA_MAXIMA_US,
    VALIDADE_US,
    Bilhete,
    BilheteRecusado,
    Bilheteria,
    HoraLida,
)

DIA = 86_400_000_000
HORA = 3_600_000_000
SEGREDO = b"um segredo so dos testes, 32 byt"
ORIGEM = b"maquina1"
T0 = HoraLida(mono_us=5_000_000_000, utc_us=20_781 * DIA + 12 * HORA)


def bilheteria(segredo: bytes = SEGREDO, origem: bytes = ORIGEM) -> Bilheteria:
    return Bilheteria(segredo, origem)


def depois(leitura: HoraLida, us: int, salto_us: int = 0) -> HoraLida:
    return HoraLida(leitura.mono_us + us, leitura.utc_us + us + salto_us)


def corrente(atrasos_us: list[int], de: Bilheteria | None = None) -> tuple[str, Bilhete, HoraLida]:
    """Uma sincronização inteira: a cada atraso o cliente devolve o último bilhete."""
    de = de or bilheteria()
    agora = T0
    texto, bilhete = de.emitir(None, agora)
    for atraso in atrasos_us:
        agora = depois(agora, atraso)
        texto, bilhete = de.emitir(texto, agora)
    return texto, bilhete, agora


def recusa(texto: str, agora: HoraLida, por: Bilheteria | None = None) -> str:
    with pytest.raises(BilheteRecusado) as erro:
        (por or bilheteria()).ler(texto, agora)
    return erro.value.motivo


@given(st.lists(st.integers(0, AMOSTRA_MAXIMA_US), min_size=1, max_size=12))
def test_prova_o_menor_atraso_e_conta_as_amostras(atrasos: list[int]) -> None:
    texto, bilhete, agora = corrente(atrasos)
    assert (bilhete.rtt_us, bilhete.amostras) == (min(atrasos), len(atrasos))
    assert bilheteria().ler(texto, agora) == bilhete


@given(st.lists(st.integers(0, AMOSTRA_MAXIMA_US), min_size=1, max_size=8), st.integers(0, AMOSTRA_MAXIMA_US))
def test_mais_uma_volta_nunca_aumenta_a_ida_e_volta(atrasos: list[int], outro: int) -> None:
    _, antes, _ = corrente(atrasos)
    _, com_outra, _ = corrente([*atrasos, outro])
    assert antes.rtt_us is not None
    assert com_outra.rtt_us is not None
    assert com_outra.rtt_us <= antes.rtt_us


def test_o_primeiro_bilhete_nada_prova() -> None:
    _, bilhete, _ = corrente([])
    assert (bilhete.rtt_ms, bilhete.amostras) == (None, 0)


def test_devolucao_lenta_demais_nao_e_amostra() -> None:
    _, bilhete, _ = corrente([40_000, AMOSTRA_MAXIMA_US + 1])
    assert (bilhete.rtt_us, bilhete.amostras) == (40_000, 1)


@given(st.integers(0, 200), st.integers(0, 7))
def test_um_bit_trocado_invalida(posicao: int, bit: int) -> None:
    texto, _, agora = corrente([30_000])
    bruto = bytearray(base64.urlsafe_b64decode(texto))
    bruto[posicao % len(bruto)] ^= 1 << bit
    assert recusa(base64.urlsafe_b64encode(bytes(bruto)).decode(), agora) == "invalido"


@given(st.text(max_size=200) | st.binary(max_size=80).map(lambda b: base64.urlsafe_b64encode(b).decode()))
def test_qualquer_outro_texto_e_invalido_e_nunca_explode(texto: str) -> None:
    assert recusa(texto, T0) == "invalido"
    _, bilhete = bilheteria().emitir(texto, T0)
    assert bilhete.amostras == 0


@given(st.integers(0, 90))
def test_truncado_e_invalido(tamanho: int) -> None:
    texto, _, agora = corrente([30_000])
    if tamanho < len(texto):
        assert recusa(texto[:tamanho], agora) == "invalido"


def test_de_outro_segredo_e_invalido() -> None:
    texto, _, agora = corrente([30_000], bilheteria(segredo=b"outro segredo, de outra instalac"))
    assert recusa(texto, agora) == "invalido"


def test_vence_e_o_vencido_nao_continua_a_corrente() -> None:
    texto, _, agora = corrente([30_000])
    assert bilheteria().ler(texto, depois(agora, VALIDADE_US)).amostras == 1
    tarde = depois(agora, VALIDADE_US + 1)
    assert recusa(texto, tarde) == "vencido"
    assert bilheteria().emitir(texto, tarde)[1].amostras == 0


def test_do_futuro_e_invalido() -> None:
    texto, _, agora = corrente([30_000])
    assert recusa(texto, depois(agora, -1)) == "invalido"


def test_sobrevive_a_reinicio_e_vale_em_outra_replica_da_maquina() -> None:
    texto, bilhete, agora = corrente([30_000])
    assert bilheteria().ler(texto, depois(agora, HORA // 60)) == bilhete


def test_a_chave_do_dia_troca_sem_invalidar_quem_esta_no_meio() -> None:
    meia_noite = HoraLida(T0.mono_us, 20_782 * DIA - 10_000)
    texto, _ = bilheteria().emitir(None, meia_noite)
    seguinte, bilhete = bilheteria().emitir(texto, depois(meia_noite, 20_000))
    assert bilhete.amostras == 1
    assert base64.urlsafe_b64decode(texto)[1:5] != base64.urlsafe_b64decode(seguinte)[1:5]
    assert recusa(texto, HoraLida(meia_noite.mono_us + 1, meia_noite.utc_us + 2 * DIA)) == "invalido"


def test_de_outra_maquina_vale_o_caminho_mas_nao_a_base() -> None:
    la = bilheteria(origem=b"maquina2")
    texto, bilhete, agora = corrente([30_000], la)
    aqui = HoraLida(77, agora.utc_us + 1_000_000)
    lido = bilheteria().ler(texto, aqui)
    assert lido == bilhete
    assert not bilheteria().daqui(lido)
    # A diferença entre dois relógios monotônicos não mede nada: a corrente recomeça.
    assert bilheteria().emitir(texto, aqui)[1].amostras == 0
    assert recusa(texto, HoraLida(77, agora.utc_us + VALIDADE_US + 1)) == "vencido"
    assert recusa(texto, HoraLida(77, agora.utc_us - 6_000_000)) == "invalido"


@given(st.sampled_from([-HORA, HORA, -150_000, 150_000]))
def test_salto_do_relogio_de_parede_recomeca_a_corrente_sem_perder_o_bilhete(salto: int) -> None:
    texto, antes, agora = corrente([30_000, 30_000])
    pulou = depois(agora, 30_000, salto)
    # No POST, o bilhete de antes do salto continua valendo, com a base de antes.
    assert bilheteria().ler(texto, pulou) == antes
    # No GET /time, a hora oficial nova vale logo, e amostras = 0 avisa o cliente para esquecer as anteriores.
    _, novo = bilheteria().emitir(texto, pulou)
    assert (novo.amostras, novo.base_us) == (0, pulou.base_us)


def test_ajuste_pequeno_nao_muda_a_base_de_uma_corrente() -> None:
    texto, antes, agora = corrente([30_000])
    _, novo = bilheteria().emitir(texto, depois(agora, 30_000, 60_000))
    assert (novo.base_us, novo.amostras) == (antes.base_us, 2)


def test_o_texto_e_curto_e_serve_numa_url() -> None:
    texto, _, _ = corrente([30_000])
    assert len(texto) <= 80
    assert all(c.isalnum() or c in "-_=" for c in texto)
