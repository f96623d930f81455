"""O aperto de mão e o clique declarado: do GET /time ao que cruza para o coordenador e ao que fica guardado."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from agendamento.dominio.bilhete import Bilhete, Bilheteria, HoraLida
from agendamento.dominio.grade import formatar
from tests.apoio import AGORA, HUBBLE, Bancada, RelogioVirtual
from tests.conftest import Montar
from tests.integracao.conftest import RelogioQueAnda, assinar, cronometragem, pedido
from tests.postgresql import nos_dois_bancos

TRES = "2026-12-01T03:00:00Z"
HORA = timedelta(hours=1)


def sincronizar(bancada: Bancada, voltas: int = 3) -> dict[str, Any]:
    """O corpo da última resposta."""
    corpo: dict[str, Any] = bancada.pedir("GET", "/time", quem=None).json
    for _ in range(voltas):
        corpo = bancada.pedir("GET", corpo["_links"]["proxima"]["href"], quem=None).json
    return corpo


def contagens(bancada: Bancada) -> dict[str, float]:
    """O que ``sctec_clock_sync_total`` diz, por resultado."""
    linhas: str = bancada.pedir("GET", "/metrics", quem=None).text
    achados = re.findall(r'^sctec_clock_sync_total\{resultado="(\w+)"\} (\S+)', linhas, re.MULTILINE)
    return {resultado: float(valor) for resultado, valor in achados}


def clique(bilhete: str, instante: datetime) -> dict[str, Any]:
    return {"bilhete_tempo": bilhete, "instante_clique_utc": instante.isoformat(), "incerteza_ms": 4.5}


def situacao(bancada: Bancada, inicio: str, **corpo: Any) -> str:
    resposta = bancada.agendar(inicio, corpo=corpo)
    assert resposta.status_code == 201, resposta.json
    return str(resposta.json["clique"]["situacao"])


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
        antes = contagens(com_janela)
        corpo = {"bilhete_tempo": sincronizar(com_janela)["bilhete"], "instante_clique_utc": quando}
        guardado = com_janela.agendar(TRES, corpo=corpo).json["clique"]
        assert guardado["situacao"] == esperada
        ponta = "limite_utc" if esperada == "limitado" else "chegada_utc"
        assert guardado["efetivo_utc"] == guardado[ponta]
        assert contagens(com_janela)[esperada] == antes[esperada] + 1

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

    @pytest.mark.parametrize(("salto_s", "esperada"), [(3600, "limitado"), (-3600, "adiantado")])
    def test_controle_com_a_hora_de_agora_o_salto_deslocaria_o_clique(
        self,
        com_janela: Bancada,
        relogio: RelogioQueAnda,
        monkeypatch: pytest.MonkeyPatch,
        salto_s: int,
        esperada: str,
    ) -> None:
        """O mutante que converte pela parede do instante, e não pela base do bilhete, perde o clique."""
        ler = Bilheteria.ler

        def pela_parede(self: Bilheteria, texto: str, agora: HoraLida) -> Bilhete:
            return replace(ler(self, texto, agora), base_us=agora.base_us)

        bilhete = sincronizar(com_janela)["bilhete"]
        declarado = relogio.agora()
        relogio.avancar(seconds=salto_s)
        monkeypatch.setattr(Bilheteria, "ler", pela_parede)
        assert situacao(com_janela, TRES, **clique(bilhete, declarado)) == esperada

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


class TestBilheteQueNaoVale:
    """Nunca um 5xx, nunca posição melhor que a de quem não tem bilhete, e sempre contado."""

    def casos(self, bancada: Bancada) -> dict[str, tuple[str, str]]:
        bom = sincronizar(bancada)["bilhete"]
        segredo, origem = cronometragem(bancada)._segredo, cronometragem(bancada)._bilheteria._origem
        return {
            "forjado": (bom[:-6] + "AAAAAA", "invalido"),
            "truncado": (bom[:40], "invalido"),
            "de outra chave": (assinar(b"x" * 32, origem), "invalido"),
            "do futuro": (assinar(segredo, origem, atras_s=-60), "invalido"),
            "vencido": (assinar(segredo, origem, atras_s=400), "vencido"),
            "sem amostra": (sincronizar(bancada, 0)["bilhete"], "sem_bilhete"),
            "texto qualquer": ("olá", "invalido"),
        }

    def test_vale_a_chegada_e_e_contado(self, com_janela: Bancada) -> None:
        antes = contagens(com_janela)
        for n, (nome, (bilhete, esperada)) in enumerate(self.casos(com_janela).items()):
            corpo = {"bilhete_tempo": bilhete, "instante_clique_utc": "2026-11-20T11:59:00Z"}
            resposta = com_janela.agendar(f"2026-12-01T04:{5 * n:02}:00Z", corpo=corpo)
            guardado = resposta.json["clique"]
            assert guardado["situacao"] == esperada, nome
            assert guardado["efetivo_utc"] == guardado["chegada_utc"], nome
            assert guardado["credito_ms"] is None, nome
        depois = contagens(com_janela)
        contados = {r: depois[r] - antes[r] for r in depois if depois[r] != antes[r]}
        assert contados == {"invalido": 5, "vencido": 1, "sem_bilhete": 1}

    def test_de_outra_maquina_vale_o_caminho_e_nao_o_instante(
        self, com_janela: Bancada, relogio: RelogioQueAnda
    ) -> None:
        segredo = cronometragem(com_janela)._segredo
        bilheteria = Bilheteria(segredo, b"outra!!!")
        parede = int(relogio.agora().timestamp() * 1e6)
        texto, _ = bilheteria.emitir(None, HoraLida(5_000_000, parede))
        texto, _ = bilheteria.emitir(texto, HoraLida(5_100_000, parede + 100_000))
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
