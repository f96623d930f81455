"""Intervalos semiabertos, grade de slots e horários livres próximos, por propriedades."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agendamento.dominio.erros import DadosInvalidos
from agendamento.dominio.grade import Grade, Intervalo, formatar, livres_mais_proximos
from tests.apoio import AGORA, instantes

DURACOES = [timedelta(seconds=s) for s in (60, 180, 300, 600, 900, 3600, 86_400)]
HORIZONTE = timedelta(days=180)
GRADE = Grade(timedelta(minutes=5), HORIZONTE)

quando = instantes(2026, 2027)
duracoes = st.sampled_from(DURACOES)


@st.composite
def intervalos(sorteio: st.DrawFn) -> Intervalo:
    inicio = sorteio(quando)
    return Intervalo(inicio, inicio + timedelta(milliseconds=sorteio(st.integers(1, 10**8))))


@st.composite
def alinhados(sorteio: st.DrawFn, grade: Grade = GRADE, maximo: int = 20) -> Intervalo:
    primeiro = sorteio(st.integers(1, 400))
    n = sorteio(st.integers(1, maximo))
    return Intervalo(AGORA + primeiro * grade.duracao_slot, AGORA + (primeiro + n) * grade.duracao_slot)


def _recusas(grade: Grade, intervalo: Intervalo) -> dict[str, str]:
    with pytest.raises(DadosInvalidos) as recusa:
        grade.validar(intervalo, AGORA)
    assert all(erro.remedio for erro in recusa.value.erros)
    return {erro.campo: erro.mensagem for erro in recusa.value.erros}


class TestIntervalo:
    @given(a=intervalos(), b=intervalos())
    def test_sobrepor_e_haver_instante_nos_dois(self, a: Intervalo, b: Intervalo) -> None:
        comum = max(a.inicio, b.inicio) < min(a.fim, b.fim)
        assert a.sobrepoe(b) is comum
        assert b.sobrepoe(a) is comum

    @given(a=intervalos(), duracao=st.timedeltas(timedelta(milliseconds=1), timedelta(days=1)))
    def test_adjacentes_nao_se_sobrepoem(self, a: Intervalo, duracao: timedelta) -> None:
        assert not a.sobrepoe(Intervalo(a.fim, a.fim + duracao))
        assert not a.sobrepoe(Intervalo(a.inicio - duracao, a.inicio))

    @given(a=intervalos())
    def test_sobrepoe_a_si_mesmo(self, a: Intervalo) -> None:
        assert a.sobrepoe(a)

    def test_horas(self) -> None:
        assert Intervalo(AGORA, AGORA + timedelta(minutes=90)).horas == 1.5


class TestGrade:
    @given(instante=quando, duracao=duracoes)
    def test_slot_em_contem_o_instante_e_e_alinhado(self, instante: datetime, duracao: timedelta) -> None:
        grade = Grade(duracao, HORIZONTE)
        slot = grade.slot_em(instante)
        assert grade.alinhado(slot)
        assert slot <= instante < slot + duracao

    @given(instante=quando, duracao=duracoes)
    def test_alinhado_e_comecar_o_proprio_slot(self, instante: datetime, duracao: timedelta) -> None:
        grade = Grade(duracao, HORIZONTE)
        assert grade.alinhado(instante) is (grade.slot_em(instante) == instante)

    @given(intervalo=intervalos(), duracao=duracoes)
    def test_slots_cobrem_o_intervalo_sem_sobra(self, intervalo: Intervalo, duracao: timedelta) -> None:
        grade = Grade(max(duracao, timedelta(minutes=5)), HORIZONTE)
        slots = list(grade.slots(intervalo))
        assert slots[0] <= intervalo.inicio
        assert slots[-1] + grade.duracao_slot >= intervalo.fim
        assert all(b - a == grade.duracao_slot for a, b in pairwise(slots))
        assert all(Intervalo(s, s + grade.duracao_slot).sobrepoe(intervalo) for s in slots)

    @given(a=alinhados(), b=alinhados())
    def test_dois_intervalos_alinhados_se_sobrepoem_se_dividem_um_slot(
        self, a: Intervalo, b: Intervalo
    ) -> None:
        # É o que deixa o índice único por slot impedir qualquer sobreposição, comece onde começar.
        assert a.sobrepoe(b) is bool(set(GRADE.slots(a)) & set(GRADE.slots(b)))

    @given(pedido=alinhados())
    def test_aceita_o_alinhado_futuro_dentro_do_horizonte(self, pedido: Intervalo) -> None:
        GRADE.validar(pedido, AGORA)

    @given(pedido=alinhados(), torto=st.integers(1, 299))
    def test_recusa_fora_da_grade_e_sugere_os_vizinhos(self, pedido: Intervalo, torto: int) -> None:
        fora = Intervalo(pedido.inicio + timedelta(seconds=torto), pedido.fim + timedelta(minutes=5))
        with pytest.raises(DadosInvalidos) as recusa:
            GRADE.validar(fora, AGORA)
        (erro,) = recusa.value.erros
        assert erro.campo == "horario_inicio_utc"
        assert formatar(pedido.inicio) in erro.remedio
        assert formatar(pedido.inicio + timedelta(minutes=5)) in erro.remedio

    def test_recusa_fim_igual_ou_anterior_ao_inicio(self) -> None:
        inicio = AGORA + timedelta(hours=1)
        for fim in (inicio, inicio - timedelta(minutes=5)):
            assert "não vem depois" in _recusas(GRADE, Intervalo(inicio, fim))["horario_fim_utc"]

    def test_recusa_o_passado_e_o_instante_de_agora(self) -> None:
        for inicio in (AGORA, AGORA - timedelta(minutes=5)):
            recusas = _recusas(GRADE, Intervalo(inicio, inicio + timedelta(minutes=5)))
            assert "já passou" in recusas["horario_inicio_utc"]

    def test_o_horizonte_e_inclusivo(self) -> None:
        ultimo = AGORA + HORIZONTE
        GRADE.validar(Intervalo(ultimo, ultimo + timedelta(minutes=5)), AGORA)
        depois = ultimo + timedelta(minutes=5)
        recusas = _recusas(GRADE, Intervalo(depois, depois + timedelta(minutes=5)))
        assert "horizonte de 180 dias" in recusas["horario_inicio_utc"]

    @pytest.mark.parametrize("duracao", DURACOES[:-1])
    def test_o_maior_agendamento_cabe_num_lock_mesmo_ao_remarcar(self, duracao: timedelta) -> None:
        grade = Grade(duracao, HORIZONTE)
        inicio = AGORA + timedelta(hours=1)
        maior = Intervalo(inicio, inicio + grade.duracao_maxima)
        grade.validar(maior, AGORA)
        # Remarcar tranca os slots velhos e os novos; o coordenador aceita até 512 recursos num pedido.
        assert 2 * len(list(grade.slots(maior))) <= 512
        longo = Intervalo(maior.inicio, maior.fim + duracao)
        assert "passa de" in _recusas(grade, longo)["horario_fim_utc"]

    def test_um_slot_de_um_dia_pode_ser_agendado(self) -> None:
        grade = Grade(timedelta(days=1), HORIZONTE)
        meia_noite = datetime(2026, 11, 21, tzinfo=UTC)
        grade.validar(Intervalo(meia_noite, meia_noite + timedelta(days=1)), AGORA)

    def test_junta_as_recusas_de_todos_os_campos(self) -> None:
        recusas = _recusas(GRADE, Intervalo(AGORA - timedelta(seconds=7), AGORA - timedelta(seconds=9)))
        assert set(recusas) == {"horario_inicio_utc", "horario_fim_utc"}


class TestLivresMaisProximos:
    @given(
        pedido=alinhados(maximo=6),
        ocupados=st.sets(st.integers(-100, 600), max_size=200),
        quantos=st.integers(1, 6),
    )
    def test_sao_livres_do_mesmo_tamanho_e_os_mais_proximos(
        self, pedido: Intervalo, ocupados: set[int], quantos: int
    ) -> None:
        passo = GRADE.duracao_slot
        tomados = {AGORA + k * passo for k in ocupados}
        alcance = timedelta(hours=3)
        achados = livres_mais_proximos(GRADE, pedido, tomados, AGORA, alcance, quantos)

        def livre(inicio: datetime) -> bool:
            fim = inicio + pedido.duracao
            return inicio > AGORA and not any(slot in tomados for slot in GRADE.slots(Intervalo(inicio, fim)))

        todos = [pedido.inicio + k * passo for k in range(-36, 37) if k and livre(pedido.inicio + k * passo)]
        todos.sort(key=lambda inicio: (abs(inicio - pedido.inicio), inicio))
        assert [i.inicio for i in achados] == todos[:quantos]
        assert all(i.duracao == pedido.duracao for i in achados)

    def test_nao_sugere_alem_do_horizonte(self) -> None:
        pedido = Intervalo(AGORA + HORIZONTE, AGORA + HORIZONTE + timedelta(minutes=5))
        achados = livres_mais_proximos(GRADE, pedido, set(), AGORA, timedelta(hours=1), 4)
        assert achados
        assert all(i.inicio < pedido.inicio for i in achados)


@given(instante=quando, fuso=st.integers(-14 * 60, 14 * 60))
def test_formatar_e_sempre_utc_com_z_e_milissegundos(instante: datetime, fuso: int) -> None:
    local = instante.astimezone(timezone(timedelta(minutes=fuso)))
    texto = formatar(local)
    assert texto == formatar(instante)
    assert texto.endswith("Z")
    assert len(texto) == len("2026-12-01T03:00:00.000Z")
    lido = datetime.fromisoformat(texto)
    assert timedelta(0) <= instante - lido < timedelta(milliseconds=1)
