"""Leitura estrita do corpo, da query e do caminho: o que não é JSON bem formado, ou não cabe no esquema, não passa."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import flask
import marshmallow as ma
import orjson
from flask.json.provider import JSONProvider
from flask_smorest import Blueprint as BlueprintSmorest
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.routing import BaseConverter, IntegerConverter

from agendamento.api.campos import SLUG, Falha
from agendamento.api.catalogo import CATALOGO
from agendamento.api.esquemas import Problema
from agendamento.dominio.erros import DadosInvalidos, ErroDeCampo


class CorpoMalformado(Exception):
    """O corpo não é um JSON que se possa ler de um jeito só (400)."""


def _objeto(pares: list[tuple[str, Any]]) -> dict[str, Any]:
    # RFC 8259 §4 deixa a chave repetida indefinida: cada leitor escolheria um valor; aqui nenhum.
    objeto = dict(pares)
    if len(objeto) != len(pares):
        vistas: set[str] = set()
        repetida = next(k for k, _ in pares if k in vistas or vistas.add(k))  # type: ignore[func-returns-value]
        raise CorpoMalformado(f"A chave “{_citavel(repetida)}” aparece mais de uma vez no mesmo objeto.")
    return objeto


def _citavel(nome: str) -> str:
    # O nome veio de fora: pode ser enorme, mexer no terminal de quem lê, ou nem caber em UTF-8 (\ud800).
    return "".join(c if c.isprintable() else "?" for c in nome[:80])


def _constante(nome: str) -> NoReturn:
    raise CorpoMalformado(f"{nome} não existe em JSON.")


def ler_json(bruto: bytes) -> Any:
    """
    Raises:
        CorpoMalformado: não é UTF-8, não é JSON, repete chave ou usa NaN/Infinity.
    """
    try:
        return json.loads(bruto.decode("utf-8"), object_pairs_hook=_objeto, parse_constant=_constante)
    except UnicodeDecodeError:
        raise CorpoMalformado("O corpo não está em UTF-8.") from None
    except json.JSONDecodeError as erro:
        raise CorpoMalformado(f"JSON inválido na linha {erro.lineno}, coluna {erro.colno}.") from None
    except (RecursionError, ValueError):
        raise CorpoMalformado("JSON aninhado demais, ou com um número grande demais.") from None


class JsonEstrito(JSONProvider):
    """O JSON do Flask: lê com rigor e escreve com o orjson."""

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return ler_json(s if isinstance(s, bytes) else s.encode())

    def dumps(self, obj: Any, **_: Any) -> str:
        return orjson.dumps(obj).decode()

    def response(self, *args: Any, **kwargs: Any) -> flask.Response:
        corpo = orjson.dumps(self._prepare_response_obj(args, kwargs))
        return flask.Response(corpo, content_type="application/json")


class Id(IntegerConverter):
    """Um id na URL: até 18 algarismos ASCII. O que não cabe no banco não casa com rota alguma, e é 404."""

    regex = "[0-9]{1,18}"


class Slug(BaseConverter):
    """O slug de um telescópio na URL; o que não tem a forma de um não casa com rota alguma, e é 404."""

    regex = SLUG.strip("^$")


class LeitorEstrito(FlaskParser):
    """webargs com JSON estrito e recusas no formato do domínio."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": ma.RAISE}  # noqa: RUF012

    def load_json(self, req: flask.Request, schema: ma.Schema) -> Any:
        bruto = req.get_data(cache=True)
        if not bruto and req.method == "DELETE":
            return {}
        if req.mimetype != "application/json":
            raise UnsupportedMediaType
        return ler_json(bruto)

    def handle_error(self, error: ma.ValidationError, *_: Any, **__: Any) -> NoReturn:
        raise DadosInvalidos(*_erros(error.messages))


def _erros(mensagens: Any) -> list[ErroDeCampo]:
    achatado: list[ErroDeCampo] = []
    for local, campos in mensagens.items():
        for campo, textos in campos.items():
            for texto in textos if isinstance(textos, list) else [str(textos)]:
                remedio = texto.remedio if isinstance(texto, Falha) else "Consulte a documentação em /docs."
                nome = {"_schema": "(corpo)" if local == "json" else "(query)"}.get(
                    campo, _citavel(str(campo))
                )
                achatado.append(ErroDeCampo(nome, str(texto), remedio))
    return achatado


F = TypeVar("F", bound=Callable[..., Any])


class Blueprint(BlueprintSmorest):
    """O do flask-smorest, com a leitura estrita e os problemas do catálogo."""

    ARGUMENTS_PARSER = LeitorEstrito()

    def arguments(self, schema: Any, **opcoes: Any) -> Callable[[F], F]:
        """O de sempre, com um esquema por rota: dado como classe, o webargs faria um a cada pedido."""
        decorar: Callable[[F], F] = super().arguments(
            schema() if isinstance(schema, type) else schema, **opcoes
        )
        return decorar

    def recusas(self, *status: int) -> Callable[[F], F]:
        """Documenta as respostas de problema que a rota pode dar."""

        def decorar(vista: F) -> F:
            for codigo in status:
                titulos = "; ".join(t.titulo for t in CATALOGO.values() if t.status == codigo)
                vista = self.alt_response(
                    codigo, schema=Problema, description=titulos, content_type="application/problem+json"
                )(vista)
            return vista

        return decorar


def resposta(corpo: Any, status: int = 200, **cabecalhos: str) -> flask.Response:
    """Para quando o esquema não basta; sublinhado no nome do cabeçalho vira hífen."""
    pronta = flask.jsonify(corpo)
    pronta.status_code = status
    for nome, valor in cabecalhos.items():
        pronta.headers[nome.replace("_", "-")] = valor
    return pronta
