"""Configuração tipada, lida do ambiente (e de ``.env``) uma vez, validada no início e imutável.

Um nome ``SCTEC_…`` desconhecido ou um valor inválido impede o início, e a mensagem diz qual variável é.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from agendamento.dominio.credito import Politica

MARCA_DESCARTAVEL = "descartavel"
SEGREDO_DE_DESENVOLVIMENTO = "segredo-de-desenvolvimento"
"""O padrão do docker-compose.yml: qualquer um o lê, e por isso só serve a quem não sai desta máquina."""


class ConfiguracaoInvalida(Exception):
    """Uma variável de ambiente é desconhecida ou tem valor fora do permitido; a mensagem a nomeia."""


def _inteiro(nome: str, padrao: int, minimo: int, maximo: int) -> Any:
    esperado = f"um inteiro de {minimo} a {maximo}"
    return Field(padrao, alias=nome, ge=minimo, le=maximo, description=esperado)


def _real(nome: str, padrao: float, maximo: float) -> Any:
    return Field(
        padrao, alias=nome, ge=0, le=maximo, allow_inf_nan=False, description=f"um número de 0 a {maximo:g}"
    )


def _chave(nome: str) -> Any:
    return Field(False, alias=nome, description="um de: 0, 1")


def _um_de(opcoes: Mapping[str, bool]) -> BeforeValidator:
    def escolher(texto: str) -> bool:
        if texto not in opcoes:
            raise ValueError
        return opcoes[texto]

    return BeforeValidator(escolher)


def _endereco_http(texto: str) -> str:
    partes = urlsplit(texto)
    # Estes endereços vão para os links e para a Content-Security-Policy, que todos leem.
    seguro = partes.username is None and not set(partes.netloc) & set(" ;,'\"")
    if partes.scheme not in ("http", "https") or not partes.netloc or not seguro:
        raise ValueError
    return texto.rstrip("/")


Chave = Annotated[bool, _um_de({"0": False, "1": True})]
EnderecoHTTP = Annotated[str, AfterValidator(_endereco_http)]
_HTTP = "um endereço http:// ou https://, sem usuário nem senha"


class Config(BaseModel):
    """Tudo o que o serviço lê do ambiente. Durações em ms, salvo onde o nome diz outra unidade."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    endereco: str = Field("127.0.0.1", alias="SCTEC_ENDERECO")
    publicar: str | None = Field(None, alias="SCTEC_PUBLICAR")
    porta: int = _inteiro("PORTA_AGENDAMENTO", 5000, 1, 65535)
    dados: Annotated[Path, AfterValidator(Path.absolute)] = Field(
        Path("var"), alias="SCTEC_DADOS", validate_default=True
    )
    banco_url: str = Field(
        default_factory=lambda lidos: f"sqlite:///{lidos['dados'] / 'sctec.db'}",
        alias="SCTEC_BANCO_URL",
        repr=False,
    )
    coordenador_url: EnderecoHTTP = Field(
        "http://127.0.0.1:3000", alias="SCTEC_COORDENADOR_URL", description=_HTTP
    )
    eventos_url: EnderecoHTTP = Field(
        default_factory=lambda lidos: f"{lidos.get('coordenador_url')}/eventos",
        alias="SCTEC_EVENTOS_URL",
        description=_HTTP,
    )
    grafana_url: EnderecoHTTP | None = Field(None, alias="SCTEC_GRAFANA_URL", description=_HTTP)
    segredo_coordenador: str = Field("", alias="SCTEC_SEGREDO_COORDENADOR", repr=False)
    log_formato: Literal["json", "texto"] | None = Field(
        None, alias="SCTEC_LOG_FORMATO", description="um de: json, texto"
    )
    log_arquivo: Path | None = Field(None, alias="SCTEC_LOG_ARQUIVO")
    janela_justica_ms: int = _inteiro("SCTEC_JANELA_JUSTICA_MS", 150, 0, 5000)
    lease_ms: int = _inteiro("SCTEC_LEASE_MS", 2000, 100, 60_000)
    limite_ativos: int = _inteiro("SCTEC_LIMITE_ATIVOS", 10, 0, 1_000_000)
    limite_horas_ciclo: float = _real("SCTEC_LIMITE_HORAS_CICLO", 40, 1_000_000)
    limite_requisicoes_s: int = _inteiro("SCTEC_LIMITE_REQUISICOES_S", 1000, 0, 1_000_000)
    horizonte_dias: int = _inteiro("SCTEC_HORIZONTE_DIAS", 180, 1, 3650)
    oferta_min: int = _inteiro("SCTEC_OFERTA_MIN", 15, 1, 1440)
    cadastro_aberto: Annotated[bool, _um_de({"aberto": True, "operador": False})] = Field(
        True, alias="SCTEC_CADASTRO", description="um de: aberto, operador"
    )
    demo: Chave = _chave("SCTEC_DEMO")
    demo_publica: Chave = _chave("SCTEC_DEMO_PUBLICA")
    falhas: Chave = _chave("SCTEC_FALHAS")
    sem_trava: Chave = _chave("SCTEC_SEM_TRAVA")
    sem_fencing: Chave = _chave("SCTEC_SEM_FENCING")
    sem_unicidade: Chave = _chave("SCTEC_SEM_UNICIDADE")
    threads: int = _inteiro("SCTEC_THREADS", 640, 1, 4096)
    credito_maximo_ms: float = _real("SCTEC_CREDITO_MAX_MS", 200, 1000)
    credito_reserva_ms: float = _real("SCTEC_CREDITO_RESERVA_MS", 1000, 1_000_000)
    credito_reposicao_ms_h: float = _real("SCTEC_CREDITO_REPOSICAO_MS_H", 200, 1_000_000)
    credito_folga_ms: float = _real("SCTEC_CREDITO_FOLGA_MS", 25, 1000)
    proxies: int = _inteiro("SCTEC_PROXIES", 0, 0, 10)

    @property
    def politica_de_credito(self) -> Politica:
        return Politica(
            maximo_ms=self.credito_maximo_ms,
            reserva_ms=self.credito_reserva_ms,
            reposicao_ms_h=self.credito_reposicao_ms_h,
            folga_ms=self.credito_folga_ms,
        )

    @property
    def prazo_coordenador_s(self) -> float:
        """Prazo de uma chamada de lock além da janela dela, em segundos: lease + 0,5 s de folga para a rede."""
        return (self.lease_ms + 500) / 1000

    @property
    def local_url(self) -> str:
        """Este serviço, visto desta máquina: preso a todos os endereços, responde também no de loopback."""
        todos = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
        nome = todos.get(self.endereco, f"[{self.endereco}]" if ":" in self.endereco else self.endereco)
        return f"http://{nome}:{self.porta}"

    @property
    def banco_descartavel(self) -> bool:
        """Verdadeiro se o banco se diz descartável no próprio nome (só nele se desliga proteção)."""
        return MARCA_DESCARTAVEL in urlsplit(self.banco_url).path.rsplit("/", 1)[-1]


def _endereco_publico(endereco: str) -> bool:
    return not (endereco in ("localhost", "::1") or endereco.startswith("127."))


_CAMPOS = {campo.alias: campo for campo in Config.model_fields.values()}


def carregar(ambiente: Mapping[str, str] | None = None, *, exigir_segredo: bool = True) -> Config:
    """Lê e valida o ambiente (por omissão, o do processo, sobre o ``.env`` da pasta); a CLI, que não fala
    com o coordenador, dispensa o segredo.

    Raises:
        ConfiguracaoInvalida: variável ``SCTEC_…`` desconhecida, valor inválido ou combinação insegura.
    """
    lido = {**dotenv_values(".env"), **os.environ} if ambiente is None else ambiente
    desconhecidas = {nome for nome in lido if nome.startswith("SCTEC_")} - _CAMPOS.keys()
    if desconhecidas:
        raise ConfiguracaoInvalida(
            f"variável desconhecida: {', '.join(sorted(desconhecidas))}. As que existem estão em .env.example."
        )
    try:
        # O docker-compose passa `VARIAVEL: ${VARIAVEL:-}`: texto vazio é como ausente.
        config = Config.model_validate({nome: valor for nome, valor in lido.items() if valor})
    except ValidationError as recusa:
        nome = str(recusa.errors()[0]["loc"][0])
        esperado = _CAMPOS[nome].description
        raise ConfiguracaoInvalida(f"{nome}={lido[nome]!r}: esperado {esperado}.") from None
    # Num contêiner escuta-se em todas as interfaces; quem diz até onde se alcança é onde a porta foi publicada.
    alcance = config.publicar or config.endereco
    if _endereco_publico(alcance):
        _recusar_o_que_todos_conhecem(config, alcance)
    _recusar_combinacoes(config, exigir_segredo)
    return config


def _recusar_o_que_todos_conhecem(config: Config, alcance: str) -> None:
    if config.demo and not config.demo_publica:
        raise ConfiguracaoInvalida(
            f"SCTEC_DEMO=1 deixaria chaves conhecidas num endereço público, {alcance}. Se é isso que se quer, "
            "diga de novo: SCTEC_DEMO_PUBLICA=1."
        )
    if config.segredo_coordenador == SEGREDO_DE_DESENVOLVIMENTO:
        raise ConfiguracaoInvalida(
            f"SCTEC_SEGREDO_COORDENADOR: o de desenvolvimento é conhecido de todos e não serve em {alcance}. "
            f"Escolha outro; por exemplo {secrets.token_urlsafe(24)}"
        )


def _recusar_combinacoes(config: Config, exigir_segredo: bool) -> None:
    if not config.banco_url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ConfiguracaoInvalida(
            "SCTEC_BANCO_URL: esperado sqlite:///… ou postgresql+psycopg://… (o valor não é repetido aqui: "
            "pode conter senha)."
        )
    for nome, ligada in (
        ("SCTEC_SEM_TRAVA", config.sem_trava),
        ("SCTEC_SEM_FENCING", config.sem_fencing),
        ("SCTEC_SEM_UNICIDADE", config.sem_unicidade),
    ):
        if ligada and not config.banco_descartavel:
            raise ConfiguracaoInvalida(
                f"{nome}=1 só é aceita num banco descartável, cujo nome contenha “{MARCA_DESCARTAVEL}”."
            )
    if exigir_segredo and not config.sem_trava and len(config.segredo_coordenador) < 16:
        raise ConfiguracaoInvalida(
            "SCTEC_SEGREDO_COORDENADOR: esperado um segredo de 16 caracteres ou mais; por exemplo "
            f"{secrets.token_urlsafe(24)}"
        )
