"""O instante efetivo: ninguém ganha além do que o bilhete prova, e quem mente não passa de quem não tem."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from agendamento.dominio.bilhete import Bilheteria, HoraLida
from agendamento.dominio.instante import MARGEM_FIXA_MS, MARGEM_RELATIVA, Situacao, efetivo

CHEGADA = st.floats(0, 1e12)
CREDITO = st.floats(0, 200)
CLIQUE = st.none() | st.floats(-1e15, 1e15)


def maximo(credito: float) -> float:
    return credito + 2 * credito * MARGEM_RELATIVA + MARGEM_FIXA_MS


@given(CHEGADA, CLIQUE, CREDITO)
def test_fica_entre_o_limite_do_bilhete_e_a_chegada(a: float, clique: float | None, credito: float) -> None:
    e = efetivo(a, clique_ms=clique, credito_ms=credito)
    assert e.limite_ms <= e.efetivo_ms <= a
    assert abs(a - e.limite_ms - maximo(credito)) <= 1e-9 * max(1.0, a)


@given(CHEGADA, CLIQUE)
def test_sem_bilhete_vale_a_chegada_diga_o_que_disser(a: float, clique: float | None) -> None:
    e = efetivo(a, clique_ms=clique)
    assert (e.efetivo_ms, e.incerteza_ms) == (a, None)


@given(CHEGADA, CREDITO)
def test_bilhete_sem_instante_vale_o_credito(a: float, credito: float) -> None:
    assert efetivo(a, credito_ms=credito).efetivo_ms == a - credito


@given(CHEGADA, st.floats(-1e15, 1e15), st.floats(-1e15, 1e15), CREDITO)
def test_dizer_mais_cedo_nunca_piora_nem_inverte_quem_diz_a_verdade(
    a: float, um: float, outro: float, credito: float
) -> None:
    antes, depois = sorted((um, outro))
    assert (
        efetivo(a, clique_ms=antes, credito_ms=credito).efetivo_ms
        <= efetivo(a, clique_ms=depois, credito_ms=credito).efetivo_ms
    )


@given(CHEGADA, st.floats(0, 200), st.floats(0, 200))
def test_o_clique_verdadeiro_passa_intacto_se_o_caminho_coube(a: float, ida: float, credito: float) -> None:
    assume(ida <= maximo(credito) * 0.999)
    assert efetivo(a, clique_ms=a - ida, credito_ms=credito).efetivo_ms == a - ida


@given(CHEGADA, CLIQUE, st.none() | CREDITO, st.floats(0, 1e12))
def test_nada_vem_antes_da_abertura_nem_depois_da_chegada(
    a: float, clique: float | None, credito: float | None, abertura: float
) -> None:
    e = efetivo(a, clique_ms=clique, credito_ms=credito, abertura_ms=abertura)
    assert min(a, abertura) <= e.efetivo_ms <= a


def test_dois_cliques_antes_da_abertura_empatam_nela() -> None:
    cedo = efetivo(1100.0, clique_ms=200.0, credito_ms=150.0, abertura_ms=1000.0)
    tarde = efetivo(1050.0, clique_ms=900.0, credito_ms=100.0, abertura_ms=1000.0)
    assert cedo.efetivo_ms == tarde.efetivo_ms == 1000.0


def test_situacoes() -> None:
    e = efetivo(1000.0, clique_ms=990.0, credito_ms=50.0)
    assert e.limite_ms == 940.0
    assert e.situacao_de(None) is Situacao.SO_BILHETE
    assert e.situacao_de(990.0) is Situacao.INSTANTE
    assert e.situacao_de(939.9) is Situacao.LIMITADO
    assert e.situacao_de(1000.1) is Situacao.ADIANTADO


@given(CHEGADA, CREDITO, st.floats(0, 1e6))
def test_so_uma_duracao_cruza_para_o_coordenador(a: float, credito: float, espera: float) -> None:
    e = efetivo(a, credito_ms=credito)
    assert e.idade_ms(a + espera) >= 0
    assert e.idade_ms(e.efetivo_ms - 1) == 0


# --- saltos do relógio de parede -----------------------------------------------------------------------

HORA_US = 3_600_000_000
SALTOS = st.sampled_from([0, HORA_US, -HORA_US, 90_000, -90_000, 7_000_000])


@given(st.lists(st.tuples(st.integers(1_000, 150_000), SALTOS), min_size=2, max_size=6), SALTOS)
def test_saltos_entre_o_aperto_de_mao_e_o_post_nao_reordenam(
    clientes: list[tuple[int, int]], no_meio: int
) -> None:
    """Cada cliente sincroniza sob um relógio de parede diferente; todos clicam; a ordem é a dos cliques.

    Todos os bilhetes são lidos depois de outro salto (``no_meio``). O cliente converte o clique pela hora que
    lhe foi respondida, isto é, pela base do seu bilhete.
    """
    bilheteria = Bilheteria(b"s" * 32, b"maquina1")
    parede_us = 20_781 * 86_400_000_000
    mono_us = 10_000_000
    corpos = []
    for ida_us, salto in clientes:
        parede_us += salto
        texto, _ = bilheteria.emitir(None, HoraLida(mono_us, mono_us + parede_us))
        mono_us += 2 * ida_us
        texto, bilhete = bilheteria.emitir(texto, HoraLida(mono_us, mono_us + parede_us))
        corpos.append((texto, bilhete, ida_us))
    parede_us += no_meio
    verdadeiros, efetivos = [], []
    for i, (texto, bilhete, ida_us) in enumerate(corpos):
        clique_us = mono_us + 1_000_000 + 20_000 * i
        declarado_utc_us = clique_us + bilhete.base_us
        chegada_us = clique_us + ida_us
        lido = bilheteria.ler(texto, HoraLida(chegada_us, chegada_us + parede_us))
        assert lido.rtt_ms is not None
        e = efetivo(
            chegada_us / 1000,
            clique_ms=(declarado_utc_us - lido.base_us) / 1000,
            credito_ms=lido.rtt_ms / 2,
        )
        verdadeiros.append(clique_us / 1000)
        efetivos.append(e.efetivo_ms)
    assert efetivos == verdadeiros
