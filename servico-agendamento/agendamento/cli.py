"""A linha de comando: ``python -m agendamento.cli COMANDO``; sem comando, lista os que há."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import orjson
import structlog
from flask import Flask
from marshmallow import ValidationError
from sqlalchemy import Engine

from agendamento.api.campos import Email
from agendamento.aplicacao import demonstracao
from agendamento.aplicacao.cientistas import Cientistas
from agendamento.aplicacao.fila import Fila
from agendamento.aplicacao.justica import conferir, da_trilha, dos_eventos
from agendamento.app import create_app
from agendamento.config import Config, ConfiguracaoInvalida, carregar
from agendamento.coordenador.cliente import ClienteCoordenador
from agendamento.coordenador.nulo import SemLock
from agendamento.dominio.agendamento import Papel
from agendamento.dominio.erros import ErroSCTEC
from agendamento.maquina import RelogioDoSistema
from agendamento.persistencia import db
from agendamento.persistencia.db import BancoSQL
from agendamento.persistencia.migrador import exigir_versao_atual, migrar


def main(argumentos: list[str] | None = None) -> int:
    """Devolve o código de saída: 0 = feito (e, em ``verificar``, trilha íntegra)."""
    leitor = _leitor()
    args = leitor.parse_args(argumentos)
    try:
        config = carregar(exigir_segredo=False)
        codigo: int = args.fazer(config, args)
    except (ConfiguracaoInvalida, ErroSCTEC) as erro:
        print(f"Erro: {erro}", file=sys.stderr)
        return 2
    return codigo


def _leitor() -> argparse.ArgumentParser:
    raiz = argparse.ArgumentParser(prog="agendamento", description="SCTEC: comandos do servico-agendamento.")
    comandos = raiz.add_subparsers(required=True, metavar="comando")

    def comando(nome: str, ajuda: str) -> argparse.ArgumentParser:
        return comandos.add_parser(nome, help=ajuda, description=ajuda)

    comando("migrar", "Aplica as migrações que faltam.").set_defaults(fazer=_migrar)
    semear = comando("semear", "Cria telescópios e, com SCTEC_DEMO=1, cientistas de demonstração.")
    semear.add_argument(
        "--agenda", action="store_true", help="com SCTEC_DEMO=1, também uma semana de observações"
    )
    semear.set_defaults(fazer=_semear)
    chave = comando("chave", "Revoga a chave de uma cientista e imprime outra; ou cria a primeira operadora.")
    quem = chave.add_mutually_exclusive_group(required=True)
    quem.add_argument("--id", type=int, help="id da cientista")
    quem.add_argument(
        "--operador", metavar="EMAIL", type=_email, help="cadastra uma pessoa da operação com este e-mail"
    )
    chave.set_defaults(fazer=_chave)
    trilha = comando("auditoria", "Confere a trilha de auditoria, e as tabelas com ela.")
    trilha.add_argument("acao", choices=["verificar"])
    trilha.add_argument(
        "--desde", type=_ancora, metavar="SEQ:HASH", help="a âncora que uma conferência anterior imprimiu"
    )
    trilha.set_defaults(fazer=_verificar)
    justica = comando("justica", "Refaz as decisões da arbitragem só com o que é público.")
    justica.add_argument("acao", choices=["conferir"])
    justica.add_argument("--de", type=int, default=1, metavar="SEQ", help="primeiro seq da trilha (1)")
    justica.add_argument("--ate", type=int, metavar="SEQ", help="último seq da trilha (o fim)")
    justica.add_argument(
        "--eventos", metavar="ARQUIVO", help="em vez da trilha, um GET /eventos guardado, que é público"
    )
    justica.add_argument(
        "--publicado", metavar="ARQUIVO", help="resposta guardada de GET /justica; por omissão, pergunta-se"
    )
    justica.set_defaults(fazer=_conferir_justica)
    comando("openapi", "Imprime o OpenAPI 3.1.").set_defaults(fazer=_openapi)
    return raiz


@contextmanager
def _engine(config: Config) -> Iterator[Engine]:
    app = Flask("agendamento-cli")
    engine = db.ligar(app, config)
    try:
        with app.app_context():
            yield engine
    finally:
        engine.dispose()


@contextmanager
def _banco(config: Config) -> Iterator[BancoSQL]:
    with _engine(config) as engine:
        exigir_versao_atual(engine)
        banco = BancoSQL(engine)
        try:
            yield banco
        finally:
            banco.fechar()


def _migrar(config: Config, _: argparse.Namespace) -> int:
    with _engine(config) as engine:
        migrar(engine)
    print("Banco na versão atual.")
    return 0


def _semear(config: Config, args: argparse.Namespace) -> int:
    with _banco(config) as banco:
        criados = demonstracao.semear(banco, RelogioDoSistema(), config.horizonte_dias, pessoas=config.demo)
        if args.agenda and config.demo:
            criados += demonstracao.semear_agenda(banco, RelogioDoSistema())
    quantos = _contar(criados, "item criado", "itens criados")
    print(f"Semeadura: {quantos}." if criados else "Semeadura: nada faltava.")
    return 0


def _chave(config: Config, args: argparse.Namespace) -> int:
    with _banco(config) as banco:
        coordenador, relogio = SemLock(), RelogioDoSistema()
        fila = Fila(banco, coordenador, relogio, timedelta(minutes=config.oferta_min))
        cientistas = Cientistas(banco, coordenador, relogio, fila, cadastro_aberto=True)
        if args.id is not None:
            chave = cientistas.trocar_chave(args.id, None)
        else:
            dados = {"nome": "Operação", "email": args.operador, "papel": Papel.OPERADOR.value}
            _, chave = cientistas.cadastrar(dados, None)
    print(chave)
    return 0


def _verificar(config: Config, args: argparse.Namespace) -> int:
    with _banco(config) as banco:
        feita = banco.conferir_auditoria(args.desde)
    problemas = feita.divergencias
    for seq, problema in problemas:
        print(f"seq {seq}: {problema}")
    quantas = _contar(len(problemas), "divergência", "divergências")
    print(f"Trilha quebrada: {quantas}." if problemas else "Trilha íntegra.")
    print(f"Âncora: {feita.ancora}")
    return 1 if problemas else 0


def _conferir_justica(config: Config, args: argparse.Namespace) -> int:
    if args.publicado:
        publicado = orjson.loads(Path(args.publicado).read_bytes())
    else:
        coordenador = ClienteCoordenador(
            config.coordenador_url, "", lease_ms=config.lease_ms, prazo_s=5.0, conexoes=1
        )
        publicado = coordenador.justica()
        coordenador.fechar()
    if args.eventos:
        with Path(args.eventos).open(encoding="utf-8") as linhas:
            feita = conferir(dos_eventos(linhas), publicado)
    else:
        with _banco(config) as banco, banco.ler() as leitura:
            feita = conferir(da_trilha(leitura, args.de, args.ate), publicado)
    for qual, problema in feita.problemas:
        print(f"{qual}: {problema}")
    for qual, motivo in feita.pendentes:
        print(f"{qual}: pendente, {motivo}")
    iguais = feita.conferidas - len(feita.problemas) - len(feita.pendentes)
    print(
        f"{_contar(feita.conferidas, 'decisão', 'decisões')}: {iguais} refeitas e iguais, "
        f"{len(feita.problemas)} diferentes, {len(feita.pendentes)} pendentes."
    )
    return 1 if feita.problemas else 0


def _contar(quantos: int, um: str, varios: str) -> str:
    return f"{quantos} {um if quantos == 1 else varios}"


def _ancora(texto: str) -> tuple[int, str]:
    seq, _, hash_ = texto.partition(":")
    if not seq.isdecimal() or not re.fullmatch("[0-9a-f]{64}", hash_):
        raise argparse.ArgumentTypeError(f"{texto!r} não é SEQ:HASH, como a conferência imprime")
    return int(seq), hash_


def _email(texto: str) -> str:
    try:
        return Email().deserialize(texto)
    except ValidationError as recusa:
        raise argparse.ArgumentTypeError(f"{texto!r} {recusa.messages[0]}") from None


def _openapi(config: Config, _: argparse.Namespace) -> int:
    app = create_app(config.model_copy(update={"sem_trava": True}), registrar=False)
    sys.stdout.buffer.write(
        orjson.dumps(orjson.loads(app.test_client().get("/openapi.json").data), option=orjson.OPT_INDENT_2)
    )
    sys.stdout.write("\n")
    app.extensions["sctec-fechar"]()
    return 0


if __name__ == "__main__":
    # O stdout é do resultado; o que se registra no caminho vai ao stderr.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    sys.exit(main())
