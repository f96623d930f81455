"""PUT /agendamentos/{id}: ou o novo horário é seu, ou o velho continua sendo."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from agendamento.aplicacao.portas import LockNegado, PedidoDeLock
from agendamento.dominio.erros import CoordenadorIndisponivel
from tests.apoio import HUBBLE, Bancada
from tests.postgresql import nos_dois_bancos

TRES, TRES_E_CINCO, QUATRO = "2026-12-01T03:00:00Z", "2026-12-01T03:05:00Z", "2026-12-01T04:00:00Z"


def _remarcar(
    bancada: Bancada, criado: TestResponse, inicio: str, fim: str | None = None, **extra: Any
) -> Any:
    corpo = {"horario_inicio_utc": inicio, **extra.pop("corpo", {})}
    if fim is not None:
        corpo["horario_fim_utc"] = fim
    extra.setdefault("If_Match", criado.headers["ETag"])
    return bancada.pedir("PUT", criado.headers["Location"], corpo, **extra)


def _slots(bancada: Bancada) -> list[str]:
    linhas = bancada.sql("SELECT slot_inicio_utc AS slot FROM slots_ocupados ORDER BY slot_inicio_utc")
    return [str(linha.slot)[11:16] for linha in linhas]


@nos_dois_bancos
def test_troca_um_intervalo_pelo_outro(bancada: Bancada) -> None:
    criado = bancada.agendar(TRES, "2026-12-01T03:10:00Z", corpo={"objeto_celeste": "M31"})
    movido = _remarcar(bancada, criado, QUATRO, corpo={"objeto_celeste": "M33"})
    assert movido.status_code == 200
    assert movido.json["id"] == criado.json["id"]
    assert movido.json["horario_inicio_utc"] == "2026-12-01T04:00:00.000Z"
    # Sem fim, mantém a duração.
    assert movido.json["horario_fim_utc"] == "2026-12-01T04:10:00.000Z"
    assert movido.json["objeto_celeste"] == "M33"
    assert movido.json["versao"] == 2
    assert movido.headers["ETag"] != criado.headers["ETag"]
    assert _slots(bancada) == ["04:00", "04:05"]
    assert bancada.agendar(TRES, quem="beatriz").status_code == 201


def test_tranca_juntos_o_velho_e_o_novo(bancada: Bancada) -> None:
    criado = bancada.agendar(TRES)
    _remarcar(bancada, criado, QUATRO)
    assert sorted(bancada.coordenador.pedidos[-1].recursos) == [
        "Hubble-Acad_2026-12-01T03:00:00Z",
        "Hubble-Acad_2026-12-01T04:00:00Z",
    ]
    assert bancada.coordenador.devolvidas[-1][1] is True


@nos_dois_bancos
def test_pode_sobrepor_se_a_si_mesmo(bancada: Bancada) -> None:
    criado = bancada.agendar(TRES, "2026-12-01T03:10:00Z")
    assert _remarcar(bancada, criado, TRES_E_CINCO).status_code == 200
    assert _slots(bancada) == ["03:05", "03:10"]


def test_audita_de_onde_para_onde(bancada: Bancada) -> None:
    criado = bancada.agendar(TRES)
    _remarcar(bancada, criado, QUATRO)
    (registro,) = bancada.pedir("GET", "/auditoria?evento=AGENDAMENTO_REMARCADO", quem="operacao").json[
        "_embedded"
    ]["registros"]
    assert registro["details"]["de_inicio_utc"] == "2026-12-01T03:00:00.000Z"
    assert registro["details"]["horario_inicio_utc"] == "2026-12-01T04:00:00.000Z"
    assert bancada.coordenador.eventos[-1][0] == "agendamento.remarcado"


@pytest.mark.parametrize("etag", ["*", '"999-7", "{}"', 'W/"1-1", "{}"'])
def test_if_match_e_uma_lista_e_o_asterisco_vale_o_que_existe(bancada: Bancada, etag: str) -> None:
    criado = bancada.agendar(TRES)
    atual = criado.headers["ETag"].strip('"')
    assert _remarcar(bancada, criado, QUATRO, If_Match=etag.replace("{}", atual)).status_code == 200


@nos_dois_bancos
def test_o_mesmo_intervalo_so_edita_sem_disputar_lock(bancada: Bancada) -> None:
    criado = bancada.agendar(TRES)
    pedidos = len(bancada.coordenador.pedidos)
    mudanca = {
        "horario_inicio_utc": "2026-12-01T03:00:00Z",
        "objeto_celeste": "NGC 891",
        "observacoes": "perfil",
    }
    caminho, etag = criado.headers["Location"], criado.headers["ETag"]
    editado = bancada.pedir("PUT", caminho, mudanca, If_Match=etag)
    assert editado.status_code == 200
    assert (editado.json["objeto_celeste"], editado.json["versao"]) == ("NGC 891", 2)
    assert editado.json["fencing_token"] == criado.json["fencing_token"]
    assert len(bancada.coordenador.pedidos) == pedidos
    assert bancada.pedir("PUT", caminho, mudanca, If_Match=etag).status_code == 412
    assert bancada.eventos()[-1] == "AGENDAMENTO_ALTERADO"


def test_a_recusa_de_uma_remarcacao_fica_na_trilha(bancada: Bancada) -> None:
    criado = bancada.agendar(TRES)
    bancada.agendar(QUATRO, quem="beatriz")
    assert _remarcar(bancada, criado, QUATRO).status_code == 409
    bancada.esperar_escritas()
    assert bancada.eventos()[-1] == "AGENDAMENTO_NEGADO"


def test_negado_pelo_proprio_lock_que_ainda_voltava(bancada: Bancada) -> None:
    """Quem remarca logo depois de agendar não ouve que o horário livre é de outra pessoa."""
    criado = bancada.agendar(TRES)

    def negar_uma_vez(_: PedidoDeLock) -> None:
        bancada.coordenador.ao_adquirir = lambda _: None
        raise LockNegado("RECURSO_OCUPADO")

    bancada.coordenador.ao_adquirir = negar_uma_vez
    assert _remarcar(bancada, criado, QUATRO).status_code == 200


class TestRecusado:
    """Qualquer que seja a recusa, o velho horário continua como estava."""

    @pytest.fixture
    def criado(self, bancada: Bancada) -> Any:
        criado = bancada.agendar(TRES)
        yield criado
        assert _slots(bancada)[:1] == ["03:00"]
        relido = bancada.pedir("GET", criado.headers["Location"])
        assert relido.json["horario_inicio_utc"] == "2026-12-01T03:00:00.000Z"
        assert relido.headers["ETag"] == criado.headers["ETag"]
        assert "AGENDAMENTO_REMARCADO" not in bancada.eventos()

    def test_sem_if_match_e_428(self, bancada: Bancada, criado: TestResponse) -> None:
        recusa = bancada.pedir("PUT", criado.headers["Location"], {"horario_inicio_utc": QUATRO})
        assert recusa.status_code == 428
        assert recusa.json["type"] == "/erros/pre-condicao-exigida"

    @pytest.mark.parametrize("etag", ['"1-99"', '"999-1"', "lixo", 'W/"1-1"', '""', '"1-1-1"', '"1-²"'])
    def test_if_match_que_nao_e_o_atual_e_412(
        self, bancada: Bancada, criado: TestResponse, etag: str
    ) -> None:
        assert _remarcar(bancada, criado, QUATRO, If_Match=etag).status_code == 412

    def test_horario_de_outra_pessoa(self, bancada: Bancada, criado: TestResponse) -> None:
        bancada.agendar(QUATRO, quem="beatriz")
        recusa = _remarcar(bancada, criado, QUATRO)
        assert recusa.status_code == 409
        assert recusa.json["motivo"] == "CONFLITO_HORARIO"
        assert recusa.json["_links"]["alternativas"]

    def test_lock_negado(self, bancada: Bancada, criado: TestResponse) -> None:
        def negar(_: PedidoDeLock) -> None:
            raise LockNegado("RECURSO_OCUPADO")

        bancada.coordenador.ao_adquirir = negar
        recusa = _remarcar(bancada, criado, QUATRO)
        assert recusa.status_code == 409
        assert recusa.json["motivo"] == "RECURSO_OCUPADO"

    def test_negado_porque_outra_pessoa_salvou_nao_insiste(
        self, bancada: Bancada, criado: TestResponse
    ) -> None:
        pedidos: list[PedidoDeLock] = []

        def outra_salva_antes(_: PedidoDeLock) -> None:
            bancada.coordenador.ao_adquirir = pedidos.append
            bancada.agendar(QUATRO, quem="beatriz")
            pedidos.clear()
            raise LockNegado("RECURSO_OCUPADO")

        bancada.coordenador.ao_adquirir = outra_salva_antes
        assert _remarcar(bancada, criado, QUATRO).status_code == 409
        assert pedidos == []

    def test_coordenador_fora_do_ar(self, bancada: Bancada, criado: TestResponse) -> None:
        def cair(_: PedidoDeLock) -> None:
            raise CoordenadorIndisponivel("fora do ar")

        bancada.coordenador.ao_adquirir = cair
        assert _remarcar(bancada, criado, QUATRO).status_code == 503

    def test_tomado_entre_a_conferencia_e_o_lock(self, bancada: Bancada, criado: TestResponse) -> None:
        def outra_antes(_: PedidoDeLock) -> None:
            bancada.coordenador.ao_adquirir = lambda _: None
            bancada.agendar(QUATRO, quem="beatriz")

        bancada.coordenador.ao_adquirir = outra_antes
        assert _remarcar(bancada, criado, QUATRO).status_code == 409

    @pytest.mark.parametrize(
        "inicio", ["2026-12-01T03:01:00Z", "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"]
    )
    def test_fora_das_regras(self, bancada: Bancada, criado: TestResponse, inicio: str) -> None:
        assert _remarcar(bancada, criado, inicio).status_code == 422

    def test_alheio_e_404(self, bancada: Bancada, criado: TestResponse) -> None:
        assert _remarcar(bancada, criado, QUATRO, quem="beatriz").status_code == 404

    def test_telescopio_nao_se_troca(self, bancada: Bancada, criado: TestResponse) -> None:
        recusa = _remarcar(bancada, criado, QUATRO, corpo={"telescopio": "chandra-acad"})
        assert recusa.status_code == 422


def test_mudou_enquanto_esperava_o_lock_e_412(bancada: Bancada) -> None:
    criado = bancada.agendar(TRES)

    def cancelar_antes(_: PedidoDeLock) -> None:
        bancada.coordenador.ao_adquirir = lambda _: None
        assert bancada.pedir("DELETE", criado.headers["Location"]).status_code == 200

    bancada.coordenador.ao_adquirir = cancelar_antes
    assert _remarcar(bancada, criado, QUATRO).status_code == 412
    assert _slots(bancada) == []


def test_ja_comecado_ou_cancelado_e_409(bancada: Bancada) -> None:
    comecado, cancelado = bancada.agendar(TRES), bancada.agendar(QUATRO)
    bancada.pedir("DELETE", cancelado.headers["Location"])
    recusa = _remarcar(bancada, cancelado, TRES_E_CINCO, If_Match=f'"{cancelado.json["id"]}-2"')
    assert (recusa.status_code, recusa.json["motivo"]) == (409, "JA_CANCELADO")
    bancada.relogio.avancar(days=10, hours=15)
    recusa = _remarcar(bancada, comecado, "2026-12-02T03:00:00Z")
    assert (recusa.status_code, recusa.json["motivo"]) == (409, "JA_INICIADO")


def test_telescopio_inativo_nao_recebe(bancada: Bancada) -> None:
    criado = bancada.agendar(TRES)
    bancada.sql("UPDATE telescopios SET estado = 'INATIVO' WHERE slug = :s", s=HUBBLE)
    recusa = _remarcar(bancada, criado, QUATRO)
    assert (recusa.status_code, recusa.json["motivo"]) == (409, "TELESCOPIO_INATIVO")


@nos_dois_bancos
def test_a_cota_nao_conta_duas_vezes_o_que_se_move(montar: Any) -> None:
    bancada = montar(SCTEC_LIMITE_ATIVOS="1", SCTEC_LIMITE_HORAS_CICLO="0.25")
    criado = bancada.agendar(TRES, "2026-12-01T03:15:00Z")
    assert _remarcar(bancada, criado, QUATRO).status_code == 200
    maior = _remarcar(bancada, criado, QUATRO, "2026-12-01T04:20:00Z", If_Match=f'"{criado.json["id"]}-2"')
    assert maior.status_code == 422
    assert maior.json["type"] == "/erros/limite-excedido"
