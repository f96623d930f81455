"""docs/API.md fala de toda rota, status e link, e cada exemplo responde como escrito, em qualquer dia."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from string import Template
from typing import Any, NamedTuple

import pytest
import requests

from ferramentas.caminhos import NODE, PYTHON, RAIZ
from ferramentas.servicos import Servicos

pytestmark = pytest.mark.calendario
PAGINA = (RAIZ / "docs" / "API.md").read_text(encoding="utf-8")
EXEMPLOS = RAIZ / "docs" / "exemplos"
DIA_ESCRITO = "2026-12-01"
JANELA_MS = "800"
"""Em vez de 150: os dois cliques do exemplo cabem nela mesmo numa máquina ocupada."""
PRAZO_S = 20

_BLOCO = re.compile(r"^```(sh|http|text)\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
_INSTANTE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d\.\d{3}Z)?")
_SECAO_DOS_COMUNS = re.compile(r"Estes podem vir de qualquer uma:\n\n(.*?)\n\n", re.DOTALL)
_CHAMADA = re.compile(r"`(GET|POST|PUT|DELETE) (/[^`]*)`")
DO_MOMENTO = {
    "agora_ms", "fencing_token", "token", "seq", "efetivo_ms", "ida_e_volta_ms", "clique_ms", "chegada_ms",
}  # fmt: skip
"""Números que mudam a cada vez: deles se confere que são números."""


class Linha(NamedTuple):
    """Uma linha das tabelas de chamadas: o que a página promete de um método e caminho."""

    status: frozenset[int]
    links: frozenset[str]


class Exemplo(NamedTuple):
    """Um bloco de curl e a resposta escrita abaixo dele."""

    comandos: str
    resposta: str


def linhas(pagina: str) -> dict[tuple[str, str], Linha]:
    """As do agendamento, que é quem tem OpenAPI e links."""
    achadas = {}
    for texto in pagina.partition("\n## servico-coordenador\n")[0].splitlines():
        celulas = [c.strip() for c in texto.split("|")[1:-1]]
        if len(celulas) < 4 or not _CHAMADA.search(celulas[0]):
            continue
        status = frozenset(int(s) for s in re.findall(r"\b[2-5]\d\d\b", celulas[3]))
        links = frozenset(re.findall(r"`(\w+)`", celulas[4])) if len(celulas) > 4 else frozenset()
        achadas.update({chamada: Linha(status, links) for chamada in _CHAMADA.findall(celulas[0])})
    return achadas


def comuns(pagina: str) -> set[int]:
    tabela = _SECAO_DOS_COMUNS.search(pagina)
    assert tabela
    return {int(s) for s in re.findall(r"\b\d{3}\b", tabela[1])}


def exemplos(pagina: str) -> list[Exemplo]:
    """Os blocos de curl seguidos da resposta escrita; o de ``curl -N``, um fluxo, tem o seu teste."""
    blocos = [(b[1], b[2]) for b in _BLOCO.finditer(pagina)]
    pares = pairwise(blocos)
    return [Exemplo(a[1], b[1]) for a, b in pares if a[0] == "sh" and b[0] == "http"]


def com_reticencias(texto: str) -> Any:
    """O JSON escrito na página, em que ``…`` solto quer dizer “e o mais que houver”.

    >>> com_reticencias('{"a": […], "b": "x…", …}')
    {'a': ['…'], 'b': 'x…', '…': 0}
    """
    abertos: list[str] = []

    def trocar(achado: re.Match[str]) -> str:
        pedaco = achado[0]
        if pedaco in "{[":
            abertos.append(pedaco)
        elif pedaco in "}]":
            abertos.pop()
        elif pedaco == "…":
            return '"…": 0' if abertos[-1] == "{" else '"…"'
        return pedaco

    return json.loads(re.sub(r'"(?:\\.|[^"\\])*"|[{}\[\]…]', trocar, texto))


def diferencas(escrito: Any, real: Any, dia: str, onde: str = "") -> list[str]:
    """O que a página diz e a resposta não: nomes, tipos e valores, salvo os do momento."""
    if isinstance(escrito, dict) and isinstance(real, dict):
        ditos = {nome for nome in escrito if nome != "…"}
        sobra = set() if "…" in escrito else set(real) - ditos
        achadas = [f"{onde}.{nome}: não está na página" for nome in sorted(sobra)]
        achadas += [f"{onde}.{nome}: não veio" for nome in sorted(ditos - set(real))]
        for nome in sorted(ditos & set(real)):
            achadas += diferencas(escrito[nome], real[nome], dia, f"{onde}.{nome}")
        return achadas
    if isinstance(escrito, list) and isinstance(real, list):
        ditos_ = [item for item in escrito if item != "…"]
        if len(real) < len(ditos_) or (len(real) > len(ditos_) and "…" not in escrito):
            return [f"{onde}: {len(ditos_)} itens na página, {len(real)} na resposta"]
        pares = zip(ditos_, real, strict=False)
        return [d for i, (e, r) in enumerate(pares) for d in diferencas(e, r, dia, f"{onde}[{i}]")]
    if isinstance(escrito, str) and isinstance(real, str):
        if _casa_texto(escrito, real, dia):
            return []
    elif isinstance(escrito, bool) or escrito is None or isinstance(real, bool | None):
        if escrito is real:
            return []
    elif isinstance(real, int | float) and (escrito == real or onde.rpartition(".")[2] in DO_MOMENTO):
        return []
    return [f"{onde}: {escrito!r} na página, {real!r} na resposta"]


def _casa_texto(escrito: str, real: str, dia: str) -> bool:
    # Um instante de outro dia é o de agora, ou o de hoje: dele só se confere a forma.
    if DIA_ESCRITO not in escrito and _INSTANTE.fullmatch(escrito):
        return _INSTANTE.fullmatch(real) is not None
    padrao = re.escape(escrito.replace(DIA_ESCRITO, dia)).replace("…", ".*")
    return re.fullmatch(padrao, real) is not None


def fazer(comando: str, variaveis: dict[str, str]) -> requests.Response:
    """O que o curl do exemplo faria, com as poucas opções que a página usa.

    Raises:
        AssertionError: uma opção que não se conhece.
    """
    metodo, dados, enviados, endereco = None, None, {}, ""
    palavras = iter(shlex.split(Template(comando).substitute(variaveis)))
    assert next(palavras) == "curl", comando
    for palavra in palavras:
        match palavra:
            case "-i":
                pass
            case "-X":
                metodo = next(palavras)
            case "-H":
                nome, _, valor = next(palavras).partition(": ")
                enviados[nome] = valor
            case "--json":
                dados = next(palavras).encode()
                enviados |= {"Content-Type": "application/json", "Accept": "application/json"}
            case _:
                assert not palavra.startswith("-"), f"opção que o teste não conhece: {palavra}"
                endereco = palavra
    metodo = metodo or ("POST" if dados is not None else "GET")
    return requests.request(metodo, endereco, data=dados, headers=enviados, timeout=PRAZO_S)


def fazer_todos(comandos: str, variaveis: dict[str, str]) -> list[requests.Response]:
    """Os comandos de um bloco; ``&`` deixa um em curso enquanto os seguintes correm, como no terminal."""
    respostas: list[Future[requests.Response]] = []
    with ThreadPoolExecutor(4) as juntos:
        for comando in re.sub(r"\\\n", " ", comandos).splitlines():
            if comando.startswith("sleep "):
                time.sleep(float(comando.split()[1]))
                continue
            respostas.append(juntos.submit(fazer, comando.removesuffix("&"), variaveis))
            if not comando.endswith("&"):
                respostas[-1].result()
    return [futuro.result() for futuro in respostas]


class Casa:
    """Os dois serviços, as variáveis dos exemplos e os números que a página usa no lugar dos de verdade."""

    def __init__(self, servicos: Servicos) -> None:
        self.dia = f"{datetime.now(UTC) + timedelta(days=7):%Y-%m-%d}"
        self.servicos = servicos
        chaves = dict(re.findall(r"^(ADA|BEATRIZ|OPERACAO)='(.*)'$", PAGINA, re.MULTILINE))
        self.variaveis = {
            "SCTEC": servicos.agendamento.url,
            "COORDENADOR": servicos.coordenador.url,
            "DIA": self.dia,
            "SEGREDO": f"Authorization: Bearer {servicos.segredo}",
            **chaves,
        }
        self.trocas = {"150": JANELA_MS}
        self.vistos: list[tuple[str, set[str]]] = []

    def traduzir(self, texto: str) -> str:
        for escrito, real in self.trocas.items():
            texto = re.sub(rf"\b{escrito}\b", real, texto)
        return texto

    def conferir(self, exemplo: Exemplo) -> list[str]:
        respostas = fazer_todos(self.traduzir(exemplo.comandos), self.variaveis)
        for resposta in respostas:
            self._anotar_links(resposta)
        cabeca, _, corpo = exemplo.resposta.partition("\n\n")
        primeira, *cabecalhos = cabeca.splitlines()
        status = int(primeira.split()[0])
        real = next((r for r in respostas if r.status_code == status), None)
        if real is None:
            return [f"{primeira}: vieram {[(r.status_code, r.text[:300]) for r in respostas]}"]
        self._aprender(cabecalhos, corpo, real)
        achadas = []
        for cabecalho in self.traduzir("\n".join(cabecalhos)).splitlines():
            nome, _, valor = cabecalho.partition(": ")
            if not _casa_texto(valor, real.headers.get(nome, ""), self.dia):
                achadas.append(f"{nome}: {valor!r} na página, {real.headers.get(nome)!r} na resposta")
        if primeira.split(maxsplit=1)[1].lower() != real.reason.lower():
            achadas.append(f"{primeira}: veio {real.status_code} {real.reason}")
        if bool(corpo) != bool(real.content):
            achadas.append("corpo: só um dos dois o tem")
        elif corpo:
            achadas += diferencas(com_reticencias(self.traduzir(corpo)), real.json(), self.dia)
        return achadas

    def _aprender(self, cabecalhos: list[str], corpo: str, real: requests.Response) -> None:
        """O número e o segredo que nasceram nesta resposta, para os exemplos seguintes."""
        for linha in cabecalhos:
            if linha.startswith("Location: ") and real.status_code == 201:
                self.trocas[linha.rpartition("/")[2]] = real.headers["Location"].rpartition("/")[2]
        if concessao := re.search(r'"concessao": "([^"]+)"', corpo):
            self.trocas.setdefault(concessao[1], real.json()["concessao"])

    def _anotar_links(self, resposta: requests.Response) -> None:
        if resposta.url.startswith(self.servicos.agendamento.url) and resposta.content:
            caminho = resposta.request.path_url.partition("?")[0]
            dados = resposta.json() if "json" in resposta.headers["Content-Type"] else {}
            self.vistos.append((caminho, set(dados.get("_links", ()))))


@pytest.fixture(scope="module")
def servicos() -> Iterator[Servicos]:
    with Servicos({"SCTEC_JANELA_JUSTICA_MS": JANELA_MS, "SCTEC_LEASE_MS": "10000"}) as de_pe:
        yield de_pe


def test_cada_exemplo_responde_como_esta_escrito(servicos: Servicos) -> None:
    casa = Casa(servicos)
    todos = exemplos(PAGINA)
    assert len(todos) > 20
    erradas = [(e.comandos, achadas) for e in todos if (achadas := casa.conferir(e))]
    assert not erradas, "\n".join(f"\n{comando}\n  " + "\n  ".join(d) for comando, d in erradas)
    ditos = links_por_recurso(PAGINA)
    for caminho, elos in casa.vistos:
        assert elos <= ditos[recurso(caminho)], f"{caminho}: links que a página não diz"


def recurso(caminho: str) -> str:
    """O primeiro trecho: ``/telescopios/{slug}/agenda`` é de ``telescopios``."""
    return caminho.split("/")[1]


def links_por_recurso(pagina: str) -> dict[str, set[str]]:
    ditos: dict[str, set[str]] = {}
    for (_, caminho), linha in linhas(pagina).items():
        ditos.setdefault(recurso(caminho), set()).update(linha.links)
    return ditos


def test_toda_rota_e_todo_status_estao_na_pagina(servicos: Servicos) -> None:
    openapi = requests.get(f"{servicos.agendamento.url}/openapi.json", timeout=PRAZO_S).json()
    assert ausentes(PAGINA, openapi) == []


def ausentes(pagina: str, openapi: dict[str, Any]) -> list[str]:
    """Rotas e status que só um dos dois conhece."""
    tabela, de_todas = linhas(pagina), comuns(pagina)
    achadas = []
    for caminho, metodos in openapi["paths"].items():
        for metodo in metodos.keys() & {"get", "post", "put", "delete"}:
            chamada = (metodo.upper(), re.sub(r"\{\w+\}", _nome_do_parametro, caminho))
            declarados = {int(s) for s in metodos[metodo]["responses"]}
            if chamada not in tabela:
                achadas.append(f"{chamada}: não está na página")
            else:
                ditos = tabela[chamada].status
                achadas += [f"{chamada}: falta {s}" for s in sorted(declarados - ditos - de_todas)]
                achadas += [f"{chamada}: {s} não existe" for s in sorted(ditos - declarados)]
    return achadas


def test_toda_rota_do_coordenador_esta_na_pagina() -> None:
    fonte = (RAIZ / "servico-coordenador" / "src" / "http" / "rotas.js").read_text(encoding="utf-8")
    declaradas = {
        (metodo.upper(), caminho)
        for caminho, metodos in re.findall(r"\.route\('([^']+)'\)(.*?);", fonte, re.DOTALL)
        for metodo in re.findall(r"\.(get|post|put|delete)\(", metodos)
    }
    do_coordenador = PAGINA.partition("\n## servico-coordenador\n")[2]
    ditas = {c for linha in do_coordenador.splitlines() if linha[:1] == "|" for c in _CHAMADA.findall(linha)}
    assert len(declaradas) > 5
    assert ditas == declaradas


def _nome_do_parametro(achado: re.Match[str]) -> str:
    return achado[0].replace("_}", "}")


def test_o_fluxo_de_eventos_e_o_da_pagina(servicos: Servicos) -> None:
    escrito = next(b[2] for b in _BLOCO.finditer(PAGINA) if b[1] == "text" and "event:" in b[2])
    evento = {"tipo": "agendamento.criado", "dados": {"agendamento_id": 4207, "telescopio": "hubble-acad"}}
    url = f"{servicos.coordenador.url}/eventos"
    segredo = {"Authorization": f"Bearer {servicos.segredo}"}
    with requests.get(url, stream=True, timeout=PRAZO_S) as fluxo:
        assert requests.post(url, json=evento, headers=segredo, timeout=PRAZO_S).status_code == 202
        linhas_ = fluxo.iter_lines(chunk_size=1, decode_unicode=True)
        real = next(bloco for bloco in _blocos(linhas_) if any("agendamento.criado" in x for x in bloco))
    for dita, veio in zip(escrito.splitlines(), real, strict=True):
        assert dita.partition(":")[0] == veio.partition(":")[0]
    assert diferencas(com_reticencias(escrito.partition("data:")[2]), evento["dados"], "") == []


def _blocos(linhas_: Iterator[str]) -> Iterator[list[str]]:
    bloco: list[str] = []
    for linha in linhas_:
        if linha:
            bloco.append(linha)
        else:
            yield bloco
            bloco = []


def test_os_programas_de_exemplo_agendam(servicos: Servicos) -> None:
    inicio = f"{datetime.now(UTC) + timedelta(days=8):%Y-%m-%d}T10:00:00Z"
    chave = requests.get(f"{servicos.agendamento.url}/demo", timeout=PRAZO_S).json()["cientistas"][2]["chave"]
    ambiente = {**os.environ, "SCTEC": servicos.agendamento.url, "CHAVE": chave, "INICIO": inicio}
    ditos = []
    for programa, arquivo in ((PYTHON, EXEMPLOS / "agendar.py"), (NODE, EXEMPLOS / "agendar.mjs")):
        feito = subprocess.run(
            [str(programa), str(arquivo)], env=ambiente, capture_output=True, text=True, check=True
        )
        ditos.append(feito.stdout.split()[0])
    assert ditos == ["201", "409"]


def test_controle_campo_valor_tipo_e_tamanho_a_mais_ou_a_menos_sao_percebidos() -> None:
    escrito = {"id": 4, "nome": "M31", "lista": [{"a": 1}], "nulo": None}
    assert diferencas(escrito, dict(escrito), "2027-02-28") == []
    mudancas: list[dict[str, Any]] = [
        {"id": 5}, {"id": "4"}, {"nome": "M32"}, {"nome": None}, {"nulo": 0}, {"lista": []},
        {"lista": [{"a": 1, "b": 2}]}, {"lista": [{}]}, {"novo": 1},
    ]  # fmt: skip
    for mudado in mudancas:
        assert diferencas(escrito, escrito | mudado, "2027-02-28"), mudado


def test_controle_o_dia_e_o_de_hoje_e_o_instante_de_agora_so_tem_forma() -> None:
    slot, agora = {"i": "2026-12-01T03:00:00.000Z"}, {"i": "2026-11-24T12:00:00.123Z"}
    assert diferencas(slot, {"i": "2028-02-29T03:00:00.000Z"}, "2028-02-29") == []
    assert diferencas(slot, {"i": "2028-02-29T03:05:00.000Z"}, "2028-02-29")
    assert diferencas(agora, {"i": "2028-02-22T08:09:10.111Z"}, "2028-02-29") == []
    assert diferencas(agora, {"i": "2028-02-22 08:09"}, "2028-02-29")


def test_controle_rota_e_status_ausentes_sao_percebidos() -> None:
    respostas = dict.fromkeys(("200", "404", "503"))
    openapi = {"paths": {"/telescopios/{slug}": {"get": {"responses": respostas}}}}
    assert ausentes(PAGINA, openapi) == []
    assert ausentes(PAGINA.replace("| `GET /telescopios/{slug}` |", "| GET |"), openapi)
    respostas["410"] = None
    assert ausentes(PAGINA, openapi) == ["('GET', '/telescopios/{slug}'): falta 410"]
    del respostas["410"], respostas["404"]
    assert ausentes(PAGINA, openapi) == ["('GET', '/telescopios/{slug}'): 404 não existe"]
