"""As linhas de log do contrato: as frases, na ordem, nas duas formas, e o que nunca aparece nelas."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.apoio import SEGREDO, SEGREDOS_EM_LOG, linhas_limpas

RAIZ = Path(__file__).resolve().parents[2]
R = "Hubble-Acad_2026-12-01T03:00:00Z"
INSTANTE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
CRIADO = [
    "Requisição recebida para POST /agendamentos",
    f"Tentando adquirir lock para o recurso {R}",
    "Lock adquirido com sucesso",
    "Iniciando verificação de conflito no BD",
    "Salvando novo agendamento no BD",
    f"Liberando lock para o recurso {R}",
    "Resposta 201 para POST /agendamentos",
]
NEGADO = [
    "Requisição recebida para POST /agendamentos",
    "Tentando adquirir lock para o recurso Hubble-Acad_2026-12-01T04:00:00Z",
    "Falha ao adquirir lock, recurso ocupado",
    "Agendamento negado: Este horário acaba de ficar com outra pessoa.",
    "Resposta 409 para POST /agendamentos",
]


def _registrar(pasta: Path, modelo: Path, formato: str) -> list[str]:
    shutil.copyfile(modelo, pasta / "descartavel.db")
    feito = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.contrato.registrar", str(pasta), formato],
        cwd=Path.cwd() if (Path.cwd() / "agendamento").is_dir() else RAIZ,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert feito.returncode == 0, feito.stderr
    assert feito.stderr == ""
    return feito.stdout.splitlines()


@pytest.fixture(scope="module")
def em_json(tmp_path_factory: pytest.TempPathFactory, modelo_sqlite: Path) -> list[dict[str, Any]]:
    pasta = tmp_path_factory.mktemp("json")
    return [json.loads(linha) for linha in _registrar(pasta, modelo_sqlite, "json")]


@pytest.fixture(scope="module")
def em_texto(tmp_path_factory: pytest.TempPathFactory, modelo_sqlite: Path) -> tuple[list[str], Path]:
    pasta = tmp_path_factory.mktemp("texto")
    return _registrar(pasta, modelo_sqlite, "texto"), pasta / "log" / "app.log"


def _do_pedido(linhas: list[dict[str, Any]], request_id: str) -> list[str]:
    return [x["message"] for x in linhas if x.get("request_id") == request_id and "message" in x]


def test_as_frases_de_um_201_na_ordem(em_json: list[dict[str, Any]]) -> None:
    assert _do_pedido(em_json, "criado") == CRIADO


def test_as_frases_de_um_lock_negado_na_ordem(em_json: list[dict[str, Any]]) -> None:
    assert _do_pedido(em_json, "negado") == NEGADO


def test_quem_ja_ve_o_horario_tomado_nao_tenta_o_lock(em_json: list[dict[str, Any]]) -> None:
    assert _do_pedido(em_json, "conflito") == [
        "Requisição recebida para POST /agendamentos",
        "Agendamento negado: Este horário já está agendado por outra pessoa.",
        "Resposta 409 para POST /agendamentos",
    ]


def test_a_linha_json_tem_a_forma_do_contrato(em_json: list[dict[str, Any]]) -> None:
    for linha in em_json:
        assert re.fullmatch(INSTANTE, linha["timestamp_utc"])
        assert linha["service"] == "servico-agendamento"
        assert linha["level"] in {"INFO", "WARNING", "ERROR", "CRITICAL", "AUDIT"}
        if linha["level"] != "AUDIT" and "request_id" in linha:
            assert re.fullmatch("[0-9a-f]{32}", linha["trace_id"])
            assert re.fullmatch("[0-9a-f]{16}", linha["span_id"])
        assert ("message" in linha) is (linha["level"] != "AUDIT")


def test_as_linhas_de_um_pedido_dividem_os_identificadores(em_json: list[dict[str, Any]]) -> None:
    linhas = [x for x in em_json if x.get("request_id") == "criado"]
    assert len({x["trace_id"] for x in linhas}) == 1
    # As do pedido e a da auditoria.
    assert len(linhas) == len(CRIADO) + 1


def test_a_linha_da_auditoria_tem_a_forma_do_enunciado(em_json: list[dict[str, Any]]) -> None:
    (criado,) = [x for x in em_json if x.get("event_type") == "AGENDAMENTO_CRIADO"]
    assert list(criado)[:5] == ["timestamp_utc", "level", "event_type", "service", "details"]
    assert criado["level"] == "AUDIT"
    assert isinstance(criado["seq"], int)
    assert re.fullmatch("[0-9a-f]{64}", criado["hash"])
    assert {"agendamento_id", "cientista_id", "horario_inicio_utc"} <= set(criado["details"])
    assert criado["details"]["horario_inicio_utc"] == "2026-12-01T03:00:00.000Z"
    negados = [x["details"]["motivo"] for x in em_json if x.get("event_type") == "AGENDAMENTO_NEGADO"]
    assert negados == ["CONFLITO_HORARIO", "RECURSO_OCUPADO"]


def test_a_linha_de_texto_e_a_do_enunciado(em_texto: tuple[list[str], Path]) -> None:
    linhas, _ = em_texto
    comuns = [linha for linha in linhas if not linha.startswith("{")]
    for linha in comuns:
        assert re.fullmatch(rf"(INFO|WARNING|ERROR|CRITICAL):{INSTANTE}:servico-agendamento:.+", linha)
    frases = [linha.split(":servico-agendamento:")[1] for linha in comuns]
    inicio = frases.index(CRIADO[0])
    assert frases[inicio : inicio + len(CRIADO)] == CRIADO


def test_no_texto_a_auditoria_continua_em_json(em_texto: tuple[list[str], Path]) -> None:
    linhas, _ = em_texto
    registros = [json.loads(linha) for linha in linhas if linha.startswith("{")]
    assert [r["event_type"] for r in registros] == [
        "AGENDAMENTO_CRIADO",
        "AGENDAMENTO_NEGADO",
        "AGENDAMENTO_NEGADO",
    ]


def test_o_arquivo_recebe_as_mesmas_linhas(em_texto: tuple[list[str], Path]) -> None:
    linhas, arquivo = em_texto
    assert arquivo.read_text(encoding="utf-8").splitlines() == linhas


def test_nem_o_que_veio_no_caminho_aparece(em_json: list[dict[str, Any]]) -> None:
    (recebida, respondida) = _do_pedido(em_json, "segredo-no-caminho")
    assert recebida.startswith("Requisição recebida para GET /cientistas/")
    assert respondida.startswith("Resposta 404")
    tudo: list[str] = []
    with linhas_limpas(tudo):
        tudo += [json.dumps(linha, ensure_ascii=False) for linha in em_json]


@pytest.mark.parametrize(
    "vazada",
    [
        "chave sctec_" + "A" * 43,
        "e-mail ada@valongo.br no meio",
        f"o segredo {SEGREDO} aqui",
        "Authorization: Bearer abc",
    ],
)
def test_a_coleta_percebe_o_que_vaza(vazada: str) -> None:
    """Controle negativo da coleta que vigia todos os testes."""
    linhas: list[str] = []
    with pytest.raises(AssertionError, match="linha de log com"), linhas_limpas(linhas):
        linhas.append(vazada)
    assert len(SEGREDOS_EM_LOG) == 4
