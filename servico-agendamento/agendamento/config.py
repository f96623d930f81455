"""Configuração tipada, lida do ambiente uma vez, validada no início e imutável.

Um nome ``SCTEC_…`` desconhecido ou um valor inválido impede o início, e a mensagem diz qual variável é.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from agendamento.dominio.credito import Politica

T = TypeVar("T")

MARCA_DESCARTAVEL = "descartavel"
SEGREDO_DE_DESENVOLVIMENTO = "segredo-de-desenvolvimento"
"""O padrão do docker-compose.yml: qualquer um o lê, e por isso só serve a quem não sai desta máquina."""


class ConfiguracaoInvalida(Exception):
    """Uma variável de ambiente é desconhecida ou tem valor fora do permitido; a mensagem a nomeia."""


@dataclass(frozen=True, slots=True)
class Config:
    """Tudo o que o serviço lê do ambiente. Durações em ms, salvo onde o nome diz outra unidade."""

    endereco: str
    porta: int
    dados: Path
    banco_url: str
    coordenador_url: str
    eventos_url: str
    grafana_url: str | None
    segredo_coordenador: str
    log_formato: str | None
    log_arquivo: Path | None
    janela_justica_ms: int
    lease_ms: int
    limite_ativos: int
    limite_horas_ciclo: float
    limite_requisicoes_s: int
    horizonte_dias: int
    cadastro_aberto: bool
    demo: bool
    falhas: bool
    sem_trava: bool
    sem_fencing: bool
    sem_unicidade: bool
    threads: int
    politica_de_credito: Politica
    proxies: int

    @property
    def prazo_coordenador_s(self) -> float:
        """Prazo de uma chamada de lock além da janela dela, em segundos: lease + 0,5 s de folga para a rede."""
        return (self.lease_ms + 500) / 1000

    @property
    def banco_descartavel(self) -> bool:
        """Verdadeiro se o banco se diz descartável no próprio nome (só nele se desliga proteção)."""
        return MARCA_DESCARTAVEL in urlsplit(self.banco_url).path.rsplit("/", 1)[-1]


class _Leitor:
    def __init__(self, ambiente: Mapping[str, str]) -> None:
        self.ambiente = ambiente
        self.lidas: set[str] = set()

    def bruto(self, nome: str) -> str | None:
        self.lidas.add(nome)
        return self.ambiente.get(nome) or None

    def valor(self, nome: str, padrao: T, converter: Callable[[str], T], esperado: str) -> T:
        bruto = self.bruto(nome)
        if bruto is None:
            return padrao
        try:
            return converter(bruto)
        except ValueError:
            raise ConfiguracaoInvalida(f"{nome}={bruto!r}: esperado {esperado}.") from None

    def inteiro(self, nome: str, padrao: int, minimo: int, maximo: int) -> int:
        def converter(texto: str) -> int:
            numero = int(texto)
            if not minimo <= numero <= maximo:
                raise ValueError
            return numero

        return self.valor(nome, padrao, converter, f"um inteiro de {minimo} a {maximo}")

    def real(self, nome: str, padrao: float, minimo: float, maximo: float) -> float:
        def converter(texto: str) -> float:
            numero = float(texto)
            if not minimo <= numero <= maximo:
                raise ValueError
            return numero

        return self.valor(nome, padrao, converter, f"um número de {minimo:g} a {maximo:g}")

    def chave(self, nome: str, padrao: bool = False) -> bool:
        return self.escolha(nome, "1" if padrao else "0", ("0", "1")) == "1"

    def escolha(self, nome: str, padrao: str, opcoes: tuple[str, ...]) -> str:
        def converter(texto: str) -> str:
            if texto not in opcoes:
                raise ValueError
            return texto

        return self.valor(nome, padrao, converter, "um de: " + ", ".join(opcoes))

    def endereco_http(self, nome: str) -> str | None:
        def converter(texto: str) -> str:
            partes = urlsplit(texto)
            # Estes endereços vão para os links e para a Content-Security-Policy, que todos leem.
            seguro = partes.username is None and not set(partes.netloc) & set(" ;,'\"")
            if partes.scheme not in ("http", "https") or not partes.netloc or not seguro:
                raise ValueError
            return texto.rstrip("/")

        return self.valor(nome, None, converter, "um endereço http:// ou https://, sem usuário nem senha")


def _endereco_publico(endereco: str) -> bool:
    return not (endereco in ("localhost", "::1") or endereco.startswith("127."))


def carregar(ambiente: Mapping[str, str] | None = None, *, exigir_segredo: bool = True) -> Config:
    """Lê e valida o ambiente (por omissão, o do processo); a CLI, que não fala com o coordenador,
    dispensa o segredo.

    Raises:
        ConfiguracaoInvalida: variável ``SCTEC_…`` desconhecida, valor inválido ou combinação insegura.
    """
    leitor = _Leitor(os.environ if ambiente is None else ambiente)
    dados = Path(leitor.bruto("SCTEC_DADOS") or "var").absolute()
    coordenador_url = leitor.endereco_http("SCTEC_COORDENADOR_URL") or "http://127.0.0.1:3000"
    formato = leitor.bruto("SCTEC_LOG_FORMATO")
    if formato is not None:
        leitor.escolha("SCTEC_LOG_FORMATO", "json", ("json", "texto"))
    arquivo = leitor.bruto("SCTEC_LOG_ARQUIVO")
    config = Config(
        endereco=leitor.bruto("SCTEC_ENDERECO") or "127.0.0.1",
        porta=leitor.inteiro("PORTA_AGENDAMENTO", 5000, 1, 65535),
        dados=dados,
        banco_url=leitor.bruto("SCTEC_BANCO_URL") or f"sqlite:///{dados / 'sctec.db'}",
        coordenador_url=coordenador_url,
        eventos_url=leitor.endereco_http("SCTEC_EVENTOS_URL") or f"{coordenador_url}/eventos",
        grafana_url=leitor.endereco_http("SCTEC_GRAFANA_URL"),
        segredo_coordenador=leitor.bruto("SCTEC_SEGREDO_COORDENADOR") or "",
        log_formato=formato,
        log_arquivo=Path(arquivo) if arquivo else None,
        janela_justica_ms=leitor.inteiro("SCTEC_JANELA_JUSTICA_MS", 150, 0, 5000),
        lease_ms=leitor.inteiro("SCTEC_LEASE_MS", 2000, 100, 60_000),
        limite_ativos=leitor.inteiro("SCTEC_LIMITE_ATIVOS", 10, 0, 1_000_000),
        limite_horas_ciclo=leitor.real("SCTEC_LIMITE_HORAS_CICLO", 40, 0, 1_000_000),
        limite_requisicoes_s=leitor.inteiro("SCTEC_LIMITE_REQUISICOES_S", 1000, 0, 1_000_000),
        horizonte_dias=leitor.inteiro("SCTEC_HORIZONTE_DIAS", 180, 1, 3650),
        cadastro_aberto=leitor.escolha("SCTEC_CADASTRO", "aberto", ("aberto", "operador")) == "aberto",
        demo=leitor.chave("SCTEC_DEMO"),
        falhas=leitor.chave("SCTEC_FALHAS"),
        sem_trava=leitor.chave("SCTEC_SEM_TRAVA"),
        sem_fencing=leitor.chave("SCTEC_SEM_FENCING"),
        sem_unicidade=leitor.chave("SCTEC_SEM_UNICIDADE"),
        threads=leitor.inteiro("SCTEC_THREADS", 640, 1, 4096),
        politica_de_credito=Politica(
            maximo_ms=leitor.real("SCTEC_CREDITO_MAX_MS", 200, 0, 1000),
            reserva_ms=leitor.real("SCTEC_CREDITO_RESERVA_MS", 1000, 0, 1_000_000),
            reposicao_ms_h=leitor.real("SCTEC_CREDITO_REPOSICAO_MS_H", 200, 0, 1_000_000),
            folga_ms=leitor.real("SCTEC_CREDITO_FOLGA_MS", 25, 0, 1000),
        ),
        proxies=leitor.inteiro("SCTEC_PROXIES", 0, 0, 10),
    )
    demo_publica = leitor.chave("SCTEC_DEMO_PUBLICA")
    # Num contêiner escuta-se em todas as interfaces; quem diz até onde se alcança é onde a porta foi publicada.
    alcance = leitor.bruto("SCTEC_PUBLICAR") or config.endereco
    desconhecidas = {nome for nome in leitor.ambiente if nome.startswith("SCTEC_")} - leitor.lidas
    if desconhecidas:
        raise ConfiguracaoInvalida(
            f"variável desconhecida: {', '.join(sorted(desconhecidas))}. As que existem estão em .env.example."
        )
    if _endereco_publico(alcance):
        _recusar_o_que_todos_conhecem(config, alcance, demo_publica)
    _recusar_combinacoes(config, exigir_segredo)
    return config


def _recusar_o_que_todos_conhecem(config: Config, alcance: str, demo_publica: bool) -> None:
    if config.demo and not demo_publica:
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
