"""O aperto de mão e o clique declarado: do GET /time ao que cruza para o coordenador e ao que fica guardado."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agendamento.aplicacao.portas import PedidoDeTrava, TravaNegada
from agendamento.dominio.bilhete import Bilheteria, Leitura
from agendamento.dominio.grade import formatar
from tests.apoio import AGORA, HUBBLE, Bancada, RelogioVirtual
from tests.conftest import Montar
from tests.postgresql import nos_dois_bancos

TRES = "2026-12-01T03:00:00Z"
HORA = timedelta(hours=1)


class RelogioQueAnda(RelogioVirtual):
    """Anda com o relógio monotônico de verdade; ``avancar`` é um salto do relógio de parede."""

    def __init__(self) -> None:
        super().__init__()
        self._de = time.monotonic()

    def agora(self) -> datetime:
        return self.instante + timedelta(seconds=time.monotonic() - self._de)


@pytest.fixture
def relogio() -> RelogioQueAnda:
    return RelogioQueAnda()


@pytest.fixture
def com_janela(montar: Montar, relogio: RelogioQueAnda) -> Bancada:
    return montar(relogio, SCTEC_JANELA_JUSTICA_MS="150")


def sincronizar(bancada: Bancada, voltas: int = 3) -> dict[str, Any]:
    """O corpo da última resposta."""
    corpo: dict[str, Any] = bancada.pedir("GET", "/time", quem=None).json
    for _ in range(voltas):
        corpo = bancada.pedir("GET", corpo["_links"]["proxima"]["href"], quem=None).json
    return corpo


def clique(bilhete: str, instante: datetime) -> dict[str, Any]:
    return {"bilhete_tempo": bilhete, "instante_clique_utc": instante.isoformat(), "incerteza_ms": 4.5}


def pedido(bancada: Bancada) -> PedidoDeTrava:
    return bancada.coordenador.pedidos[-1]


def situacao(bancada: Bancada, inicio: str, **corpo: Any) -> str:
    resposta = bancada.agendar(inicio, corpo=corpo)
    assert resposta.status_code == 201, resposta.json
    return str(resposta.json["clique"]["situacao"])


def novos(bancada: Bancada) -> list[str]:
    """Os eventos da trilha depois da semeadura."""
    return [e for e in bancada.eventos() if e.startswith(("AGENDAMENTO_", "ARBITRAGEM_"))]


class TestApertoDeMao:
    def test_cada_volta_conta_uma_amostra_e_mede_a_menor(self, com_janela: Bancada) -> None:
        primeira = com_janela.pedir("GET", "/time", quem=None)
        assert primeira.headers["Cache-Control"] == "no-store"
        assert (primeira.json["rtt_min_ms"], primeira.json["amostras"]) == (None, 0)
        ultima = sincronizar(com_janela, 5)
        assert ultima["amostras"] == 5
        assert 0 <= ultima["rtt_min_ms"] < 1000

    def test_a_hora_diz_o_mesmo_nos_dois_campos(self, com_janela: Bancada) -> None:
        corpo = sincronizar(com_janela)
        em_ms = datetime.fromisoformat(corpo["agora_utc"]).timestamp() * 1000
        assert corpo["agora_ms"] == round(em_ms)

    @pytest.mark.parametrize("bilhete", ["", "x", "não é um bilhete", "A" * 1024, "=" * 80])
    def test_bilhete_que_nao_vale_recomeca(self, com_janela: Bancada, bilhete: str) -> None:
        resposta = com_janela.pedir("GET", f"/time?bilhete={bilhete}", quem=None)
        assert (resposta.status_code, resposta.json["amostras"]) == (200, 0)

    def test_bilhete_longo_demais_e_recusado_com_remedio(self, com_janela: Bancada) -> None:
        resposta = com_janela.pedir("GET", "/time?bilhete=" + "A" * 1025, quem=None)
        assert resposta.status_code == 422
        assert resposta.json["erros"][0]["campo"] == "bilhete"

    @pytest.mark.parametrize("salto", [HORA, -HORA])
    def test_apos_um_salto_a_hora_oficial_e_a_nova_e_a_corrente_recomeca(
        self, com_janela: Bancada, relogio: RelogioQueAnda, salto: timedelta
    ) -> None:
        antes = sincronizar(com_janela)
        relogio.avancar(seconds=salto.total_seconds())
        depois = com_janela.pedir("GET", antes["_links"]["proxima"]["href"], quem=None).json
        assert depois["amostras"] == 0
        assert abs(depois["agora_ms"] - antes["agora_ms"] - salto / timedelta(milliseconds=1)) < 60_000


class TestCliqueDeclarado:
    @nos_dois_bancos
    def test_fica_no_agendamento_na_trilha_e_cruza_como_duracao(self, montar: Montar) -> None:
        relogio = RelogioQueAnda()
        bancada = montar(relogio, SCTEC_JANELA_JUSTICA_MS="150")
        bilhete = sincronizar(bancada)["bilhete"]
        resposta = bancada.agendar(TRES, corpo=clique(bilhete, relogio.agora()))
        guardado = resposta.json["clique"]
        assert guardado["situacao"] == "instante"
        assert guardado["incerteza_declarada_ms"] == 4.5
        assert guardado["limite_utc"] <= guardado["efetivo_utc"] <= guardado["chegada_utc"]
        assert guardado["amostras"] == 3
        enviado = pedido(bancada)
        assert enviado.janela_ms == 150
        assert enviado.uso == 0
        assert enviado.idade_ms is not None
        assert 0 <= enviado.idade_ms < 10_000
        assert enviado.rtt_ms == pytest.approx(guardado["ida_e_volta_ms"], abs=0.001)
        assert enviado.incerteza_ms == pytest.approx(guardado["incerteza_ms"], abs=0.001)
        lido = bancada.pedir("GET", f"/agendamentos/{resposta.json['id']}").json
        assert lido["clique"] == guardado
        (linha,) = bancada.sql("SELECT detalhes FROM auditoria WHERE evento = 'AGENDAMENTO_CRIADO'")
        assert f'"efetivo_utc":"{guardado["efetivo_utc"]}"' in linha.detalhes

    def test_sem_bilhete_o_instante_declarado_nao_vale(self, com_janela: Bancada) -> None:
        resposta = com_janela.agendar(TRES, corpo={"instante_clique_utc": "2000-01-01T00:00:00Z"})
        guardado = resposta.json["clique"]
        assert guardado["situacao"] == "sem_bilhete"
        assert guardado["efetivo_utc"] == guardado["chegada_utc"]
        assert pedido(com_janela).incerteza_ms is None

    def test_so_o_bilhete_vale_o_credito(self, com_janela: Bancada) -> None:
        bilhete = sincronizar(com_janela)["bilhete"]
        assert situacao(com_janela, TRES, bilhete_tempo=bilhete) == "so_bilhete"

    @pytest.mark.parametrize(
        ("quando", "esperada"),
        [
            ("1900-01-01T00:00:00Z", "limitado"),
            ("2026-11-20T11:00:00Z", "limitado"),
            ("2999-12-31T23:59:59Z", "adiantado"),
        ],
    )
    def test_instante_absurdo_fica_nos_limites(self, com_janela: Bancada, quando: str, esperada: str) -> None:
        corpo = {"bilhete_tempo": sincronizar(com_janela)["bilhete"], "instante_clique_utc": quando}
        guardado = com_janela.agendar(TRES, corpo=corpo).json["clique"]
        assert guardado["situacao"] == esperada
        ponta = "limite_utc" if esperada == "limitado" else "chegada_utc"
        assert guardado["efetivo_utc"] == guardado[ponta]

    @pytest.mark.parametrize("salto_s", [3600, -3600])
    def test_salto_do_relogio_entre_o_aperto_de_mao_e_o_post_nao_muda_nada(
        self, com_janela: Bancada, relogio: RelogioQueAnda, salto_s: int
    ) -> None:
        """O cliente declara na hora que lhe disseram, antes do salto; o resultado é o de quem não viu salto."""
        bilhete = sincronizar(com_janela)["bilhete"]
        declarado = relogio.agora()
        relogio.avancar(seconds=salto_s)
        guardado = com_janela.agendar(TRES, corpo=clique(bilhete, declarado)).json["clique"]
        assert guardado["situacao"] in ("instante", "limitado")
        assert pedido(com_janela).idade_ms == pytest.approx(0, abs=5000)
        chegada, efetivo = (datetime.fromisoformat(guardado[c]) for c in ("chegada_utc", "efetivo_utc"))
        assert timedelta(0) <= chegada - efetivo < timedelta(seconds=1)

    def test_quem_declara_pela_hora_de_depois_do_salto_nao_ganha(
        self, com_janela: Bancada, relogio: RelogioQueAnda
    ) -> None:
        bilhete = sincronizar(com_janela)["bilhete"]
        relogio.avancar(seconds=3600)
        assert situacao(com_janela, TRES, **clique(bilhete, relogio.agora())) == "adiantado"

    def test_o_slot_que_acaba_de_abrir_conta_da_abertura(self, montar: Montar) -> None:
        relogio = RelogioVirtual()
        bancada = montar(relogio, SCTEC_JANELA_JUSTICA_MS="150")
        horizonte = timedelta(days=bancada.pedir("GET", f"/telescopios/{HUBBLE}").json["horizonte_dias"])
        bilhete = sincronizar(bancada)["bilhete"]
        inicio = AGORA + horizonte
        relogio.avancar(seconds=30)
        resposta = bancada.agendar(inicio, corpo=clique(bilhete, AGORA - HORA))
        guardado = resposta.json["clique"]
        assert guardado["efetivo_utc"] >= formatar(AGORA)
        assert resposta.status_code == 201


def _assinado_por(segredo: bytes, origem: bytes, atras_s: float = 0) -> str:
    bilheteria = Bilheteria(segredo, origem)
    mono = time.monotonic_ns() // 1000 - int(atras_s * 1e6)
    parede = int(AGORA.timestamp() * 1e6)
    texto, _ = bilheteria.emitir(None, Leitura(mono, parede))
    return bilheteria.emitir(texto, Leitura(mono + 300_000, parede + 300_000))[0]


class TestBilheteQueNaoVale:
    """Nunca um 5xx, nunca posição melhor que a de quem não tem bilhete, e sempre contado."""

    def casos(self, bancada: Bancada) -> dict[str, tuple[str, str]]:
        bom = sincronizar(bancada)["bilhete"]
        da_casa = bancada.app.extensions["sctec"].cronometragem
        segredo, origem = da_casa._segredo, da_casa._bilheteria._origem
        return {
            "forjado": (bom[:-6] + "AAAAAA", "invalido"),
            "truncado": (bom[:40], "invalido"),
            "de outra chave": (_assinado_por(b"x" * 32, origem), "invalido"),
            "do futuro": (_assinado_por(segredo, origem, atras_s=-60), "invalido"),
            "vencido": (_assinado_por(segredo, origem, atras_s=400), "vencido"),
            "sem amostra": (sincronizar(bancada, 0)["bilhete"], "sem_bilhete"),
            "texto qualquer": ("olá", "invalido"),
        }

    def test_vale_a_chegada_e_e_contado(self, com_janela: Bancada) -> None:
        for n, (nome, (bilhete, esperada)) in enumerate(self.casos(com_janela).items()):
            corpo = {"bilhete_tempo": bilhete, "instante_clique_utc": "2026-11-20T11:59:00Z"}
            resposta = com_janela.agendar(f"2026-12-01T04:{5 * n:02}:00Z", corpo=corpo)
            guardado = resposta.json["clique"]
            assert guardado["situacao"] == esperada, nome
            assert guardado["efetivo_utc"] == guardado["chegada_utc"], nome
            assert guardado["credito_ms"] is None, nome
        metricas = com_janela.pedir("GET", "/metrics", quem=None).text
        assert 'sctec_clock_sync_total{resultado="invalido"}' in metricas
        assert 'sctec_clock_sync_total{resultado="vencido"}' in metricas

    def test_de_outra_maquina_vale_o_caminho_e_nao_o_instante(
        self, com_janela: Bancada, relogio: RelogioQueAnda
    ) -> None:
        segredo = com_janela.app.extensions["sctec"].cronometragem._segredo
        bilheteria = Bilheteria(segredo, b"outra!!!")
        parede = int(relogio.agora().timestamp() * 1e6)
        texto, _ = bilheteria.emitir(None, Leitura(5_000_000, parede))
        texto, _ = bilheteria.emitir(texto, Leitura(5_100_000, parede + 100_000))
        guardado = com_janela.agendar(TRES, corpo=clique(texto, AGORA - HORA)).json["clique"]
        assert guardado["situacao"] == "outra_origem"
        # Sem vizinhos medidos, a norma é de 25 ms; o resto sai da reserva.
        assert (guardado["credito_ms"], guardado["reserva_gasta_ms"]) == (50, 25)
        assert guardado["efetivo_utc"] > guardado["limite_utc"]

    @pytest.mark.parametrize(
        ("campo", "valor"),
        [
            ("instante_clique_utc", 1e400),
            ("instante_clique_utc", "2026-11-20T12:00:00"),
            ("instante_clique_utc", "9999-12-31T23:59:59Z"),
            ("incerteza_ms", -1),
            ("incerteza_ms", 1e308),
            ("incerteza_ms", "4"),
            ("bilhete_tempo", "A" * 1025),
            ("bilhete_tempo", 7),
            ("bilhete_tempo", {"a": 1}),
        ],
    )
    def test_o_que_nem_campo_e_e_recusado_com_nome(self, com_janela: Bancada, campo: str, valor: Any) -> None:
        resposta = com_janela.agendar(TRES, corpo={campo: valor})
        assert resposta.status_code in (400, 422)
        assert not com_janela.coordenador.pedidos

    @pytest.mark.parametrize("numero", [b"NaN", b"Infinity", b"1e999"])
    def test_numero_que_nao_e_numero(self, com_janela: Bancada, numero: bytes) -> None:
        corpo = b'{"telescopio": "hubble-acad", "horario_inicio_utc": "%s", "incerteza_ms": %s}'
        resposta = com_janela.pedir("POST", "/agendamentos", corpo % (TRES.encode(), numero))
        assert resposta.status_code in (400, 422)


class TestJanelaUsoEReserva:
    def test_a_janela_e_do_telescopio(self, com_janela: Bancada) -> None:
        atual = com_janela.pedir("GET", f"/telescopios/{HUBBLE}", quem="operacao")
        etag = atual.headers.get("ETag", "*")
        com_janela.pedir("PUT", f"/telescopios/{HUBBLE}", {"janela_ms": 0}, quem="operacao", If_Match=etag)
        com_janela.agendar(TRES)
        assert pedido(com_janela).janela_ms == 0

    def test_o_uso_conta_as_horas_reservadas_nos_ultimos_30_dias(self, com_janela: Bancada) -> None:
        com_janela.agendar("2026-12-01T06:00:00Z", "2026-12-01T07:30:00Z")
        com_janela.agendar("2026-12-02T06:00:00Z")
        assert pedido(com_janela).uso == 1.5
        com_janela.agendar("2026-12-03T06:00:00Z", quem="beatriz")
        assert pedido(com_janela).uso == 0

    def test_o_uso_nao_conta_o_criado_antes_nem_o_cancelado(self, com_janela: Bancada) -> None:
        velho = com_janela.agendar("2027-03-01T06:00:00Z").json["id"]
        criado_em = (datetime(2026, 10, 1, tzinfo=UTC)).strftime("%Y-%m-%d %H:%M:%S.000000")
        com_janela.sql("UPDATE agendamentos SET criado_em = :c WHERE id = :i", c=criado_em, i=velho)
        cancelado = com_janela.agendar("2026-12-05T06:00:00Z").json["id"]
        com_janela.pedir("DELETE", f"/agendamentos/{cancelado}")
        com_janela.agendar("2026-12-06T06:00:00Z")
        assert pedido(com_janela).uso == 0

    def test_sem_janela_nao_se_pergunta_o_uso_nem_se_gasta_reserva(self, montar: Montar) -> None:
        bancada = montar(SCTEC_JANELA_JUSTICA_MS="0")
        bancada.agendar("2026-12-01T06:00:00Z", "2026-12-01T07:30:00Z")
        bancada.agendar("2026-12-02T06:00:00Z")
        assert pedido(bancada).uso == 0

    def test_a_reserva_so_se_gasta_em_disputa(self, com_janela: Bancada) -> None:
        creditos = com_janela.app.extensions["sctec"].cronometragem.creditos
        segredo = com_janela.app.extensions["sctec"].cronometragem._segredo
        origem = com_janela.app.extensions["sctec"].cronometragem._bilheteria._origem
        longe = _assinado_por(segredo, origem, atras_s=1)
        assert com_janela.agendar(TRES, corpo={"bilhete_tempo": longe}).json["clique"]["credito_ms"] == 150
        assert creditos.totais() == (0, 0, 0)

        def preterir(_: PedidoDeTrava) -> None:
            raise TravaNegada("PRETERIDO", None)

        com_janela.coordenador.ao_adquirir = preterir
        resposta = com_janela.agendar("2026-12-01T04:00:00Z", corpo={"bilhete_tempo": longe})
        assert resposta.json["motivo"] == "PRETERIDO"
        assert creditos.totais()[2] == pytest.approx(125)


class TestArbitragem:
    REGISTRO = {  # noqa: RUF012
        "versao": 1,
        "janela": "1-1",
        "dia": "2026-11-20",
        "compromisso": "0" * 64,
        "tau_ms": 5,
        "criterio": "instante",
        "vencedor": "aa",
        "recursos": ["Hubble-Acad_2026-12-01T03:00:00Z"],
        "candidatos": [
            {"codigo": "aa", "recursos": [0], "efetivo_ms": -40, "incerteza_ms": 60, "rtt_ms": 100,
             "uso": 0, "posicao": 0, "maduro": True},
            {"codigo": "bb", "recursos": [0], "efetivo_ms": 2, "incerteza_ms": 6, "rtt_ms": 4,
             "uso": 0, "posicao": 1, "maduro": True},
        ],
    }  # fmt: skip

    def conceder_com(self, bancada: Bancada, arbitragem: dict[str, Any]) -> None:
        original = bancada.coordenador.adquirir

        def adquirir(pedido: PedidoDeTrava) -> Any:
            trava = original(pedido)
            return type(trava)(trava.concessao, trava.token, trava.recursos, arbitragem)

        bancada.coordenador.adquirir = adquirir  # type: ignore[method-assign]

    def test_a_decisao_entra_na_trilha_uma_vez_e_sem_dizer_quem(self, com_janela: Bancada) -> None:
        self.conceder_com(com_janela, {**self.REGISTRO, "seu_codigo": "aa", "posicao": 0})
        com_janela.agendar(TRES)
        com_janela.agendar("2026-12-01T03:05:00Z")
        assert novos(com_janela) == ["AGENDAMENTO_CRIADO", "ARBITRAGEM_DECIDIDA", "AGENDAMENTO_CRIADO"]
        (linha,) = com_janela.sql("SELECT detalhes FROM auditoria WHERE evento = 'ARBITRAGEM_DECIDIDA'")
        assert "cientista" not in linha.detalhes
        assert "seu_codigo" not in linha.detalhes

    def test_sem_concorrente_nao_ha_decisao_a_registrar(self, com_janela: Bancada) -> None:
        so = {**self.REGISTRO, "candidatos": self.REGISTRO["candidatos"][:1], "criterio": "unico"}
        self.conceder_com(com_janela, {**so, "seu_codigo": "aa", "posicao": 0})
        com_janela.agendar(TRES)
        assert novos(com_janela) == ["AGENDAMENTO_CRIADO"]

    @pytest.mark.parametrize(
        ("criterio", "frase"),
        [
            ("instante", "Outra pessoa clicou 42 ms antes"),
            ("uso", "quem reservou menos horas"),
            ("sorteio", "sorteio verificável"),
        ],
    )
    def test_o_preterido_se_explica_e_nunca_diz_quem(
        self, com_janela: Bancada, criterio: str, frase: str
    ) -> None:
        vencedor, seu = self.REGISTRO["candidatos"]
        arbitragem = {
            "versao": 1, "janela": "1-1", "dia": "2026-11-20", "compromisso": "0" * 64, "tau_ms": 5,
            "criterio": criterio, "empate": criterio != "instante", "candidatos": 2,
            "seu": seu, "vencedor": vencedor,
        }  # fmt: skip

        def preterir(_: PedidoDeTrava) -> None:
            raise TravaNegada("PRETERIDO", arbitragem)

        com_janela.coordenador.ao_adquirir = preterir
        corpo = com_janela.agendar(TRES).json
        assert (corpo["status"], corpo["motivo"]) == (409, "PRETERIDO")
        assert frase in corpo["detail"]
        assert corpo["arbitragem"] == arbitragem
        assert corpo["_links"]["alternativas"]
        assert novos(com_janela) == ["AGENDAMENTO_NEGADO"]

    def test_justica_publica_as_disputas_da_trilha(self, com_janela: Bancada) -> None:
        self.conceder_com(com_janela, {**self.REGISTRO, "seu_codigo": "aa", "posicao": 0})
        com_janela.agendar(TRES)
        corpo = com_janela.pedir("GET", "/justica", quem=None).json
        assert corpo["disputas"]["ultimas"] == 1
        assert corpo["disputas"]["por_criterio"] == {"instante": 1}
        classes = {
            c["classe"]: (c["vitorias"], c["candidatos"]) for c in corpo["disputas"]["por_ida_e_volta"]
        }
        assert classes == {"até 25 ms": (0, 1), "até 100 ms": (1, 1)}
        assert corpo["parametros"]["credito_maximo_ms"] == 200
        assert corpo["relogios"]["sem_bilhete"] == 1
