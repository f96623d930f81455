"""create_app(): o único lugar em que as partes se ligam."""

from __future__ import annotations

import atexit
import contextlib
import hmac
import math
import secrets
import time
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from agendamento.api import contexto, documentacao, problemas
from agendamento.api.falhas import FalhasPorCabecalho, SemFalhas
from agendamento.api.limitador import Limitador
from agendamento.aplicacao.agendar import Agendar
from agendamento.aplicacao.calendario import Calendario
from agendamento.aplicacao.cancelar import Cancelar
from agendamento.aplicacao.cientistas import Cientistas
from agendamento.aplicacao.consultar import Consultar
from agendamento.aplicacao.creditos import Creditos
from agendamento.aplicacao.cronometragem import Cronometragem, em_us
from agendamento.aplicacao.disputa import Disputa
from agendamento.aplicacao.esperas import Esperas
from agendamento.aplicacao.fila import Fila
from agendamento.aplicacao.justica import Justica
from agendamento.aplicacao.livres import Livres
from agendamento.aplicacao.portas import Coordenador, Falhas, RegistroAuditoria, Relogio
from agendamento.aplicacao.remarcar import Remarcar
from agendamento.aplicacao.telescopios import Telescopios
from agendamento.config import Config, carregar
from agendamento.coordenador.cliente import ClienteCoordenador
from agendamento.coordenador.nulo import SemLock
from agendamento.dominio.bilhete import HoraLida
from agendamento.dominio.cota import Cota
from agendamento.dominio.erros import BancoIndisponivel
from agendamento.dominio.grade import formatar
from agendamento.maquina import RelogioDoSistema, relogio_desta_maquina
from agendamento.observabilidade import instrumentacao, logs, metricas, tracos
from agendamento.persistencia import db
from agendamento.persistencia.db import BancoSQL
from agendamento.vez import vez

CORPO_MAXIMO = 64 * 1024


def create_app(
    config: Config | None = None,
    *,
    relogio: Relogio | None = None,
    coordenador: Coordenador | None = None,
    registrar: bool = True,
) -> Flask:
    """Monta a aplicação.

    Args:
        config: por omissão, a do ambiente.
        relogio: por omissão, o do sistema; os testes dão um relógio virtual.
        coordenador: por omissão, o da configuração; os testes dão um que conta o que lhe pediram.
        registrar: liga o registro do processo (os testes o dispensam).
    """
    config = config or carregar()
    if registrar:
        logs.configurar(config.log_formato, config.log_arquivo)
    relogio = relogio or RelogioDoSistema()
    app = Flask("agendamento", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = CORPO_MAXIMO
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    if config.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxies)  # type: ignore[method-assign]
    instrumentacao.ligar(app)
    engine = db.ligar(app, config)
    if config.sem_unicidade:
        db.ajustar_unicidade(engine, ligada=False)
    banco = BancoSQL(
        engine,
        fencing=not config.sem_fencing,
        rastro=contexto.rastro,
        ao_auditar=_registrar_auditoria,
        ao_confirmar=lambda nome, s: metricas.TRANSACOES.labels(nome).observe(s, tracos.exemplar()),
    )
    coordenador = coordenador or _coordenador(config)
    with contextlib.suppress(BancoIndisponivel):
        coordenador.exigir_tokens_acima_de(banco.maior_token())
    falhas: Falhas = FalhasPorCabecalho() if config.falhas else SemFalhas()
    cota = Cota(config.limite_ativos, config.limite_horas_ciclo)
    cronometragem = _cronometragem(config, relogio)
    disputa = Disputa(banco, coordenador, relogio, falhas, cronometragem, config.janela_justica_ms)
    fila = Fila(banco, coordenador, relogio, timedelta(minutes=config.oferta_min))
    app.extensions["sctec"] = contexto.Servicos(
        config=config,
        relogio=relogio,
        banco=banco,
        coordenador=coordenador,
        agendar=Agendar(disputa, cota),
        remarcar=Remarcar(disputa, cota, fila),
        cancelar=Cancelar(banco, coordenador, relogio, fila),
        consultar=Consultar(banco, relogio, cota),
        livres=Livres(banco, relogio),
        calendario=Calendario(banco, relogio),
        cientistas=Cientistas(banco, coordenador, relogio, fila, cadastro_aberto=config.cadastro_aberto),
        telescopios=Telescopios(banco, coordenador, relogio, fila),
        esperas=Esperas(banco, fila, relogio),
        cronometragem=cronometragem,
        justica=Justica(banco, coordenador, cronometragem, config.janela_justica_ms),
        limitador=Limitador(config.limite_requisicoes_s),
    )
    _ligar_medidores(banco)
    with contextlib.suppress(BancoIndisponivel):
        fila.retomar()
    contexto.instalar(app)
    documentacao.instalar(app)
    # Depois: o flask-smorest registra o seu próprio tratador de HTTPException, e vale o último.
    problemas.instalar(app)
    app.extensions["sctec-fechar"] = _ao_fechar(fila.fechar, banco.fechar, coordenador.fechar)
    _avisar(config)
    return app


def _cronometragem(config: Config, relogio: Relogio) -> Cronometragem:
    def ler_relogios() -> HoraLida:
        return HoraLida(time.monotonic_ns() // 1000, em_us(relogio.agora()))

    # O segredo é o que os dois serviços já compartilham: reinícios e réplicas assinam igual, sem outro arquivo.
    segredo = config.segredo_coordenador.encode() or secrets.token_bytes(32)
    return Cronometragem(
        hmac.digest(segredo, b"sctec/justica", "sha256"),
        relogio_desta_maquina(),
        Creditos(config.politica_de_credito, time.monotonic),
        ler_relogios,
    )


def _coordenador(config: Config) -> Coordenador:
    if config.sem_trava:
        return SemLock()
    return ClienteCoordenador(
        config.coordenador_url,
        config.segredo_coordenador,
        lease_ms=config.lease_ms,
        prazo_s=config.prazo_coordenador_s,
        conexoes=config.threads,
    )


def _ao_fechar(*passos: Callable[[], None]) -> Callable[[], None]:
    def fechar() -> None:
        for passo in passos:
            passo()

    atexit.register(fechar)
    return fechar


def _registrar_auditoria(linha: RegistroAuditoria) -> None:
    logs.registro.info(
        linha.evento,
        level="AUDIT",
        timestamp_utc=formatar(linha.instante),
        details=linha.detalhes,
        trace_id=linha.trace_id,
        request_id=linha.request_id,
        seq=linha.seq,
        hash=linha.hash,
    )


def _ligar_medidores(banco: BancoSQL) -> None:
    metricas.A_ESPERA.set_function(lambda: vez.esperando)
    metricas.NA_FILA_DO_ESCRITOR.set_function(lambda: banco.na_fila)
    metricas.CONEXOES.set_function(banco.conexoes_em_uso)
    metricas.WAL.set_function(banco.wal_bytes)
    metricas.AUDITORIA_SEQ.set_function(_seq_da_trilha(banco))


def _seq_da_trilha(banco: BancoSQL) -> Callable[[], float]:
    """Lido a cada coleta: certo desde a primeira, e também na réplica que não escreve.

    Sem banco, o último que se leu; antes disso, nenhum: zero pareceria uma trilha que voltou atrás.
    """
    ultimo = math.nan

    def ler() -> float:
        nonlocal ultimo
        with contextlib.suppress(BancoIndisponivel):
            ultimo = float(banco.ultimo_seq())
        return ultimo

    return ler


def _avisar(config: Config) -> None:
    if config.demo:
        logs.registro.warning("Modo de demonstração: há chaves conhecidas de todos (SCTEC_DEMO=1)")
    if config.falhas:
        logs.registro.warning("Injeção de falhas ligada (SCTEC_FALHAS=1)")
    for nome, desligada in (
        ("LOCK DESLIGADO (SCTEC_SEM_TRAVA=1)", config.sem_trava),
        ("FENCING DESLIGADO (SCTEC_SEM_FENCING=1)", config.sem_fencing),
        ("ÍNDICE ÚNICO DESLIGADO (SCTEC_SEM_UNICIDADE=1)", config.sem_unicidade),
    ):
        if desligada:
            logs.registro.critical(f"{nome}: reservas duplas são possíveis neste banco descartável")
