"""Comandos do SQLAlchemy compilados uma vez e executados direto no driver.

O SQLAlchemy Core monta, identifica e envolve cada execução: perto de 0,4 ms por comando na máquina em que
medimos, contra 0,03 ms do driver, e uma reserva faz uns vinte (docs/DESEMPENHO.md). Aqui ele continua a
escrever o SQL e a converter os tipos; só a execução é direta.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.sql import ClauseElement, Executable

Conversor = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compilado:
    sql: str
    ordem: Sequence[str] | None
    """Nomes na ordem dos ``?``; ``None`` quando o driver aceita nomes."""
    fixos: Mapping[str, Any]
    entrada: Mapping[str, Conversor]
    saida: Sequence[tuple[int, Conversor]]
    linha: Callable[..., Any]

    def parametros(self, valores: Mapping[str, Any]) -> Any:
        prontos = {**self.fixos, **valores}
        for nome, converter in self.entrada.items():
            prontos[nome] = converter(prontos[nome])
        return [prontos[nome] for nome in self.ordem] if self.ordem is not None else prontos

    def converter(self, crua: Sequence[Any]) -> Any:
        if not self.saida:
            return self.linha(*crua)
        valores = list(crua)
        for posicao, converter in self.saida:
            valores[posicao] = converter(valores[posicao])
        return self.linha(*valores)


class Comando:
    """Um ``select``, ``insert``, ``update`` ou ``delete`` com seus ``bindparam``, pronto para repetir."""

    def __init__(self, expressao: Executable) -> None:
        self._expressao = expressao
        self._compilados: dict[str, _Compilado] = {}

    def compilado(self, dialeto: Dialect) -> _Compilado:
        pronto = self._compilados.get(dialeto.name)
        if pronto is None:
            pronto = self._compilados[dialeto.name] = self._compilar(dialeto)
        return pronto

    def _compilar(self, dialeto: Dialect) -> _Compilado:
        assert isinstance(self._expressao, ClauseElement)
        feito: Any = self._expressao.compile(dialect=dialeto, compile_kwargs={"render_postcompile": True})
        entrada = {}
        for nome, bind in ((n, b) for b, n in feito.bind_names.items()):
            conversor = bind.type.dialect_impl(dialeto).bind_processor(dialeto)
            if conversor is not None:
                entrada[nome] = conversor
        colunas = [(c.keyname, c.type) for c in feito._result_columns]
        saida = []
        for posicao, (_, tipo) in enumerate(colunas):
            conversor = tipo.dialect_impl(dialeto).result_processor(dialeto, None)
            if conversor is not None:
                saida.append((posicao, conversor))
        nomes = [str(nome) for nome, _ in colunas]
        linha = namedtuple("Linha", nomes, rename=True) if nomes else tuple
        return _Compilado(
            feito.string,
            list(feito.positiontup) if feito.positiontup is not None else None,
            dict(feito.params),
            entrada,
            saida,
            linha,
        )


class Conexao:
    """Uma conexão do driver e o dialeto que sabe falar com ela."""

    __slots__ = ("_crua", "dialeto")

    def __init__(self, crua: Any, dialeto: Dialect) -> None:
        self._crua = crua
        self.dialeto = dialeto

    def linhas(self, comando: Comando, **valores: Any) -> list[Any]:
        """Todas as linhas, como tuplas nomeadas pelas colunas."""
        feito = comando.compilado(self.dialeto)
        cursor = self._crua.cursor()
        try:
            cursor.execute(feito.sql, feito.parametros(valores))
            return [feito.converter(crua) for crua in cursor.fetchall()]
        finally:
            cursor.close()

    def uma(self, comando: Comando, **valores: Any) -> Any | None:
        """A única linha, ou ``None``."""
        achadas = self.linhas(comando, **valores)
        return achadas[0] if achadas else None

    def escalar(self, comando: Comando, **valores: Any) -> Any:
        """A primeira coluna da única linha."""
        return self.linhas(comando, **valores)[0][0]

    def executar(self, comando: Comando, **valores: Any) -> int:
        """Executa e devolve quantas linhas foram atingidas."""
        feito = comando.compilado(self.dialeto)
        cursor = self._crua.cursor()
        try:
            cursor.execute(feito.sql, feito.parametros(valores))
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def executar_muitos(self, comando: Comando, varios: Sequence[Mapping[str, Any]]) -> None:
        feito = comando.compilado(self.dialeto)
        cursor = self._crua.cursor()
        try:
            if len(varios) == 1:
                cursor.execute(feito.sql, feito.parametros(varios[0]))
            else:
                cursor.executemany(feito.sql, [feito.parametros(valores) for valores in varios])
        finally:
            cursor.close()

    def sql(self, texto: str) -> None:
        """Comando sem parâmetros e sem resultado (BEGIN, SAVEPOINT…)."""
        cursor = self._crua.cursor()
        try:
            cursor.execute(texto)
        finally:
            cursor.close()

    @property
    def restricao_violada(self) -> type[Exception]:
        """A classe do driver para chave repetida e afins."""
        classe: type[Exception] = self.dialeto.loaded_dbapi.IntegrityError
        return classe

    @property
    def erro_do_banco(self) -> type[Exception]:
        classe: type[Exception] = self.dialeto.loaded_dbapi.Error
        return classe
