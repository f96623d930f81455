"""A linha de comando: migrar, semear, chave, auditoria verificar, openapi e erros, com o código de saída."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agendamento import cli
from agendamento.aplicacao.cientistas import impressao_da_chave
from tests.apoio import SEGREDO, chave_de

RAIZ = Path(__file__).resolve().parents[2]


class Terminal:
    """Chama a CLI neste processo, com o ambiente do teste."""

    def __init__(self, pasta: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.banco = pasta / "sctec.db"
        self._capsys = capsys

    def __call__(self, *argumentos: str, codigo: int = 0) -> str:
        self._capsys.readouterr()
        assert cli.main(list(argumentos)) == codigo
        saida = self._capsys.readouterr()
        return saida.out + saida.err

    def sql(self, consulta: str, *valores: Any) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.banco) as con:
            linhas = con.execute(consulta, valores).fetchall()
        con.close()
        return linhas


@pytest.fixture
def cli_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    for nome in [nome for nome in os.environ if nome.startswith("SCTEC_")]:
        monkeypatch.delenv(nome)
    monkeypatch.setenv("SCTEC_DADOS", str(tmp_path))
    return Terminal(tmp_path, capsys)


@pytest.fixture
def semeado(cli_: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("SCTEC_DEMO", "1")
    cli_("migrar")
    cli_("semear")
    return cli_


def test_migrar_cria_o_banco_na_pasta_de_dados(cli_: Terminal) -> None:
    assert "versão atual" in cli_("migrar")
    assert cli_.sql("SELECT count(*) FROM agendamentos") == [(0,)]
    assert "versão atual" in cli_("migrar")


def test_semear_e_idempotente(cli_: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    cli_("migrar")
    assert "6 itens criados" in cli_("semear")
    assert cli_.sql("SELECT count(*) FROM cientistas") == [(0,)]
    assert "nada faltava" in cli_("semear")
    monkeypatch.setenv("SCTEC_DEMO", "1")
    assert "11 itens criados" in cli_("semear")
    assert "nada faltava" in cli_("semear")
    assert cli_.sql("SELECT count(*) FROM telescopios") == [(6,)]
    assert "íntegra" in cli_("auditoria", "verificar")


def test_semear_repoe_so_o_que_falta(semeado: Terminal) -> None:
    semeado.sql("DELETE FROM telescopios WHERE slug = 'fermi-acad'")
    assert "1 item criado." in semeado("semear")


def test_chave_revoga_a_antiga(semeado: Terminal) -> None:
    ((id_,),) = semeado.sql(
        "SELECT id FROM cientistas WHERE chave_sha256 = ?", impressao_da_chave(chave_de("ada"))
    )
    nova = semeado("chave", "--id", str(id_)).strip()
    assert nova.startswith("sctec_")
    ((guardada,),) = semeado.sql("SELECT chave_sha256 FROM cientistas WHERE id = ?", id_)
    assert guardada == impressao_da_chave(nova)


def test_chave_de_quem_nao_existe_e_erro(semeado: Terminal) -> None:
    assert "999" in semeado("chave", "--id", "999", codigo=2)


def test_a_primeira_pessoa_da_operacao(semeado: Terminal) -> None:
    chave = semeado("chave", "--operador", "Chefe@Observatorio.example").strip()
    linhas = semeado.sql(
        "SELECT email, papel FROM cientistas WHERE chave_sha256 = ?", impressao_da_chave(chave)
    )
    assert linhas == [("chefe@observatorio.example", "OPERADOR")]
    assert "já está cadastrado" in semeado("chave", "--operador", "chefe@observatorio.example", codigo=2)


class TestVerificar:
    def test_integra_e_0_e_imprime_a_ancora_que_a_seguinte_confere(self, semeado: Terminal) -> None:
        saida = semeado("auditoria", "verificar")
        assert "Trilha íntegra" in saida
        ancora = saida.rsplit("Âncora: ", 1)[1].strip()
        assert "Trilha íntegra" in semeado("auditoria", "verificar", "--desde", ancora)
        seq, _, hash_ = ancora.partition(":")
        assert "âncora" in semeado("auditoria", "verificar", "--desde", f"{seq}:{'0' * 64}", codigo=1)
        assert "âncora" in semeado("auditoria", "verificar", "--desde", f"{int(seq) + 1}:{hash_}", codigo=1)

    @pytest.mark.parametrize(
        ("mexer", "seq"),
        [
            ("UPDATE auditoria SET detalhes = '{}' WHERE seq = 5", 5),
            ("DELETE FROM auditoria WHERE seq = 5", 6),
            ("DELETE FROM auditoria WHERE seq = (SELECT max(seq) FROM auditoria)", 17),
            ("UPDATE auditoria SET seq = -1 WHERE seq = 5", -1),
        ],
    )
    def test_quebrada_e_1_e_nomeia_a_linha(self, semeado: Terminal, mexer: str, seq: int) -> None:
        semeado.sql(mexer)
        saida = semeado("auditoria", "verificar", codigo=1)
        assert f"seq {seq}: " in saida
        assert "Trilha quebrada" in saida

    def test_reservas_e_trilha_tem_de_dizer_o_mesmo(self, semeado: Terminal) -> None:
        semeado.sql(
            "INSERT INTO agendamentos (telescopio_id, cientista_id, horario_inicio_utc, horario_fim_utc, estado, "
            "token, versao, criado_em, atualizado_em) VALUES (1, 1, '2026-12-01 03:00:00', "
            "'2026-12-01 03:05:00', 'ATIVO', 1, 1, '2026-11-20', '2026-11-20')"
        )
        assert "não tem AGENDAMENTO_CRIADO" in semeado("auditoria", "verificar", codigo=1)


def test_openapi_e_json_valido(semeado: Terminal) -> None:
    assert json.loads(semeado("openapi"))["openapi"].startswith("3.1")


@pytest.mark.parametrize(
    "argumentos",
    [
        [],
        ["inventado"],
        ["chave"],
        ["chave", "--id", "um"],
        ["chave", "--operador", "sem-arroba"],
        ["auditoria"],
        ["auditoria", "apagar"],
        ["auditoria", "verificar", "--desde", "5:abc"],
    ],
)
@pytest.mark.usefixtures("cli_")
def test_uso_errado_e_2(argumentos: list[str]) -> None:
    with pytest.raises(SystemExit) as saida:
        cli.main(argumentos)
    assert saida.value.code == 2


def test_configuracao_ruim_e_2_e_nomeia(cli_: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCTEC_LEASE_MS", "ontem")
    assert "SCTEC_LEASE_MS" in cli_("migrar", codigo=2)


def test_banco_sem_migrar_e_erro_sem_traceback(cli_: Terminal) -> None:
    for comando in (["semear"], ["chave", "--id", "1"], ["auditoria", "verificar"]):
        saida = cli_(*comando, codigo=2)
        assert saida.startswith("Erro: ")
        assert "agendamento.cli migrar" in saida


def test_banco_fora_do_ar_e_erro_sem_traceback(cli_: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as livre:
        livre.bind(("127.0.0.1", 0))
        porta = livre.getsockname()[1]
    monkeypatch.setenv("SCTEC_BANCO_URL", f"postgresql+psycopg://u:segredo@127.0.0.1:{porta}/x")
    saida = cli_("auditoria", "verificar", codigo=2)
    assert saida.startswith("Erro: ")
    assert "segredo" not in saida


def test_como_programa(tmp_path: Path) -> None:
    ambiente = {
        "PATH": os.environ["PATH"],
        "SCTEC_DADOS": str(tmp_path),
        "SCTEC_SEGREDO_COORDENADOR": SEGREDO,
    }
    feito = subprocess.run(
        [sys.executable, "-m", "agendamento.cli", "migrar"],
        cwd=RAIZ,
        env=ambiente,
        capture_output=True,
        text=True,
        check=True,
    )
    assert feito.stdout == "Banco na versão atual.\n"
    assert feito.stderr == ""


def test_conferir_a_justica_le_a_trilha_do_banco(semeado: Terminal, tmp_path: Path) -> None:
    publicado = tmp_path / "justica.json"
    publicado.write_text(
        '{"versao": 1, "parametros": {}, "sorteio": {}, "compromissos": [], "revelados": []}'
    )
    saida = semeado("justica", "conferir", "--publicado", str(publicado))
    assert saida.startswith("0 decisões: 0 refeitas")
