"""Cada variável: o padrão, o valor aceito, o recusado pelo nome; nomes desconhecidos; combinações inseguras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agendamento.config import ConfiguracaoInvalida, carregar

SEGREDO = {"SCTEC_SEGREDO_COORDENADOR": "dezesseis-letras"}
DESCARTAVEL = {"SCTEC_BANCO_URL": "sqlite:////tmp/prova-descartavel.db"}

PADROES: dict[str, Any] = {
    "endereco": "127.0.0.1",
    "porta": 5000,
    "coordenador_url": "http://127.0.0.1:3000",
    "log_formato": None,
    "log_arquivo": None,
    "janela_justica_ms": 150,
    "lease_ms": 2000,
    "limite_ativos": 10,
    "limite_horas_ciclo": 40,
    "limite_requisicoes_s": 1000,
    "horizonte_dias": 180,
    "oferta_min": 15,
    "cadastro_aberto": True,
    "demo": False,
    "falhas": False,
    "sem_trava": False,
    "sem_fencing": False,
    "sem_unicidade": False,
}

ACEITOS = [
    ("PORTA_AGENDAMENTO", "5001", "porta", 5001),
    ("SCTEC_ENDERECO", "0.0.0.0", "endereco", "0.0.0.0"),
    ("SCTEC_DADOS", "/tmp/dados", "dados", Path("/tmp/dados")),
    ("SCTEC_BANCO_URL", "postgresql+psycopg://u:s@h/b", "banco_url", "postgresql+psycopg://u:s@h/b"),
    ("SCTEC_COORDENADOR_URL", "https://porteiro:3000/", "coordenador_url", "https://porteiro:3000"),
    ("SCTEC_SEGREDO_COORDENADOR", "outro-segredo-longo", "segredo_coordenador", "outro-segredo-longo"),
    ("SCTEC_LOG_FORMATO", "texto", "log_formato", "texto"),
    ("SCTEC_LOG_FORMATO", "json", "log_formato", "json"),
    ("SCTEC_LOG_ARQUIVO", "/tmp/app.log", "log_arquivo", Path("/tmp/app.log")),
    ("SCTEC_JANELA_JUSTICA_MS", "0", "janela_justica_ms", 0),
    ("SCTEC_LEASE_MS", "60000", "lease_ms", 60_000),
    ("SCTEC_LIMITE_ATIVOS", "0", "limite_ativos", 0),
    ("SCTEC_LIMITE_HORAS_CICLO", "1.5", "limite_horas_ciclo", 1.5),
    ("SCTEC_LIMITE_REQUISICOES_S", "7", "limite_requisicoes_s", 7),
    ("SCTEC_HORIZONTE_DIAS", "3650", "horizonte_dias", 3650),
    ("SCTEC_OFERTA_MIN", "1440", "oferta_min", 1440),
    ("SCTEC_CADASTRO", "operador", "cadastro_aberto", False),
    ("SCTEC_DEMO", "1", "demo", True),
    ("SCTEC_FALHAS", "1", "falhas", True),
    ("SCTEC_FALHAS", "0", "falhas", False),
]

RECUSADOS = [
    *[("PORTA_AGENDAMENTO", valor) for valor in ("0", "65536", "-1", "cinco mil", "5000.5", "0x10")],
    *[("SCTEC_JANELA_JUSTICA_MS", valor) for valor in ("-1", "5001", "150ms")],
    *[("SCTEC_LEASE_MS", valor) for valor in ("99", "60001", "dois")],
    *[("SCTEC_LIMITE_ATIVOS", valor) for valor in ("-1", "1.5", "muitos")],
    *[("SCTEC_LIMITE_HORAS_CICLO", valor) for valor in ("-0.1", "nan", "inf", "quarenta")],
    *[("SCTEC_LIMITE_REQUISICOES_S", valor) for valor in ("-1", "x")],
    *[("SCTEC_HORIZONTE_DIAS", valor) for valor in ("0", "3651")],
    *[("SCTEC_OFERTA_MIN", valor) for valor in ("0", "1441")],
    *[("SCTEC_CADASTRO", valor) for valor in ("fechado", "ABERTO")],
    *[("SCTEC_LOG_FORMATO", valor) for valor in ("xml", "JSON")],
    *[
        (nome, valor)
        for nome in (
            "SCTEC_DEMO",
            "SCTEC_FALHAS",
            "SCTEC_SEM_TRAVA",
            "SCTEC_SEM_FENCING",
            "SCTEC_SEM_UNICIDADE",
            "SCTEC_DEMO_PUBLICA",
        )
        for valor in ("sim", "true", "2")
    ],
    *[("SCTEC_BANCO_URL", valor) for valor in ("mysql://u:s@h/b", "sqlite", "postgresql://u@h/b")],
    *[("SCTEC_COORDENADOR_URL", valor) for valor in ("ftp://h", "127.0.0.1:3000")],
    *[("SCTEC_SEGREDO_COORDENADOR", valor) for valor in ("", "curto", "x" * 15)],
]


@pytest.mark.parametrize(("campo", "valor"), PADROES.items())
def test_padrao(campo: str, valor: Any) -> None:
    assert getattr(carregar(SEGREDO), campo) == valor


def test_o_banco_padrao_fica_na_pasta_de_dados() -> None:
    config = carregar({**SEGREDO, "SCTEC_DADOS": "/tmp/dados"})
    assert config.banco_url == "sqlite:////tmp/dados/sctec.db"
    assert carregar(SEGREDO).dados.is_absolute()


@pytest.mark.parametrize(("nome", "valor", "campo", "esperado"), ACEITOS)
def test_valor_aceito(nome: str, valor: str, campo: str, esperado: Any) -> None:
    assert getattr(carregar({**SEGREDO, nome: valor, "SCTEC_DEMO_PUBLICA": "1"}), campo) == esperado


@pytest.mark.parametrize(("nome", "valor"), RECUSADOS)
def test_valor_recusado_diz_o_nome(nome: str, valor: str) -> None:
    with pytest.raises(ConfiguracaoInvalida, match=nome):
        carregar({**SEGREDO, **DESCARTAVEL, nome: valor})


def test_vazio_e_como_ausente() -> None:
    # O docker-compose passa `VARIAVEL: ${VARIAVEL:-}`: sem valor, vem texto vazio.
    assert carregar({**SEGREDO, "SCTEC_LEASE_MS": "", "SCTEC_DEMO": ""}) == carregar(SEGREDO)


def test_nome_desconhecido_e_recusado_pelo_nome() -> None:
    with pytest.raises(ConfiguracaoInvalida, match="SCTEC_LEASE_MSS"):
        carregar({**SEGREDO, "SCTEC_LEASE_MSS": "1"})


def test_o_que_nao_e_sctec_nao_interessa() -> None:
    carregar({**SEGREDO, "OTEL_SERVICE_NAME": "x", "PORTA_COORDENADOR": "3000", "HOME": "/"})


@pytest.mark.parametrize("endereco", ["0.0.0.0", "::", "10.0.0.7", "sctec.example"])
def test_demonstracao_em_endereco_publico_precisa_ser_dita_duas_vezes(endereco: str) -> None:
    ambiente = {**SEGREDO, "SCTEC_DEMO": "1", "SCTEC_ENDERECO": endereco}
    with pytest.raises(ConfiguracaoInvalida, match="SCTEC_DEMO_PUBLICA=1"):
        carregar(ambiente)
    assert carregar({**ambiente, "SCTEC_DEMO_PUBLICA": "1"}).demo


@pytest.mark.parametrize("endereco", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_demonstracao_em_endereco_local_basta_uma(endereco: str) -> None:
    assert carregar({**SEGREDO, "SCTEC_DEMO": "1", "SCTEC_ENDERECO": endereco}).demo


@pytest.mark.parametrize("protecao", ["SCTEC_SEM_TRAVA", "SCTEC_SEM_FENCING", "SCTEC_SEM_UNICIDADE"])
@pytest.mark.parametrize(
    "url",
    [
        None,
        "sqlite:////tmp/descartavel/sctec.db",
        "postgresql+psycopg://descartavel@descartavel/sctec",
    ],
)
def test_protecao_so_se_desliga_em_banco_descartavel(protecao: str, url: str | None) -> None:
    ambiente = {**SEGREDO, protecao: "1"}
    with pytest.raises(ConfiguracaoInvalida, match=protecao):
        carregar({**ambiente, "SCTEC_BANCO_URL": url} if url else ambiente)
    for descartavel in (DESCARTAVEL["SCTEC_BANCO_URL"], "postgresql+psycopg://u@h/x_descartavel?sslmode=no"):
        assert carregar({**ambiente, "SCTEC_BANCO_URL": descartavel}).banco_descartavel


def test_a_senha_do_banco_nao_aparece_na_recusa() -> None:
    with pytest.raises(ConfiguracaoInvalida) as recusa:
        carregar({**SEGREDO, "SCTEC_BANCO_URL": "mysql://u:senha-secreta@h/b"})
    assert "senha-secreta" not in str(recusa.value)


def test_o_segredo_so_e_dispensado_por_quem_nao_fala_com_o_coordenador() -> None:
    with pytest.raises(ConfiguracaoInvalida, match="SCTEC_SEGREDO_COORDENADOR"):
        carregar({})
    assert carregar({}, exigir_segredo=False).segredo_coordenador == ""
    assert carregar({**DESCARTAVEL, "SCTEC_SEM_TRAVA": "1"}).sem_trava


def test_a_configuracao_e_imutavel() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        carregar(SEGREDO).porta = 1  # type: ignore[misc]


def test_le_o_ambiente_do_processo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCTEC_SEGREDO_COORDENADOR", "do-ambiente-do-processo")
    monkeypatch.setenv("PORTA_AGENDAMENTO", "5999")
    assert carregar().porta == 5999


def test_le_o_env_da_pasta_e_o_ambiente_vale_mais(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text(
        "# comentário\nSCTEC_SEGREDO_COORDENADOR='do-arquivo-da-pasta'\nSCTEC_LEASE_MS=700\nSCTEC_THREADS=\n"
    )
    monkeypatch.chdir(tmp_path)
    for nome in ("SCTEC_SEGREDO_COORDENADOR", "SCTEC_THREADS"):
        monkeypatch.delenv(nome, raising=False)
    monkeypatch.setenv("SCTEC_LEASE_MS", "800")
    lida = carregar()
    assert (lida.segredo_coordenador, lida.lease_ms, lida.threads) == ("do-arquivo-da-pasta", 800, 640)
    (tmp_path / ".env").write_text("SCTEC_LEASE_MSS=700\n")
    with pytest.raises(ConfiguracaoInvalida, match="SCTEC_LEASE_MSS"):
        carregar()


def test_o_que_pode_ter_segredo_nao_aparece() -> None:
    config = carregar({**SEGREDO, "SCTEC_BANCO_URL": "postgresql+psycopg://u:senha-secreta@h/b"})
    assert "senha-secreta" not in repr(config)
    assert SEGREDO["SCTEC_SEGREDO_COORDENADOR"] not in repr(config)
