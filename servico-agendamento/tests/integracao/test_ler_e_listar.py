"""GET /agendamentos e /agendamentos/{id}: quem vê o quê, ETag, filtros e páginas por chave."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agendamento.dominio.grade import formatar
from tests.apoio import AGORA, HUBBLE, Bancada, links_de
from tests.postgresql import nos_dois_bancos

TRES = "2026-12-01T03:00:00Z"
TELESCOPIOS = ("hubble-acad", "james-webb-acad", "chandra-acad")


def _povoar(bancada: Bancada) -> list[int]:
    """Três telescópios com os mesmos inícios: a ordem por início tem empates."""
    ids = []
    for n in range(5):
        for slug, quem in zip(TELESCOPIOS, ("ada", "beatriz", "chandra"), strict=True):
            inicio = AGORA + timedelta(hours=1 + n)
            resposta = bancada.agendar(inicio, quem=quem, corpo={"telescopio": slug})
            ids.append(resposta.json["id"])
    return ids


def _todas_as_paginas(bancada: Bancada, caminho: str, quem: str = "operacao") -> list[list[dict[str, Any]]]:
    paginas = []
    seguinte: str | None = caminho
    while seguinte is not None:
        resposta = bancada.pedir("GET", seguinte, quem=quem)
        assert resposta.status_code == 200
        paginas.append(resposta.json["_embedded"]["agendamentos"])
        proximo = resposta.json["_links"].get("next")
        seguinte = proximo["href"] if proximo else None
        esperado = f'<{seguinte}>; rel="next"' if seguinte else None
        assert resposta.headers.get("Link") == esperado
    return paginas


class TestLer:
    def test_304_enquanto_nao_muda(self, bancada: Bancada) -> None:
        criado = bancada.agendar(TRES)
        caminho, etag = criado.headers["Location"], criado.headers["ETag"]
        assert bancada.pedir("GET", caminho).headers["ETag"] == etag
        vazia = bancada.pedir("GET", caminho, If_None_Match=etag)
        assert vazia.status_code == 304
        assert vazia.data == b""
        bancada.pedir("DELETE", caminho)
        mudou = bancada.pedir("GET", caminho, If_None_Match=etag)
        assert mudou.status_code == 200
        assert mudou.headers["ETag"] != etag

    def test_so_a_dona_e_a_operacao_veem(self, bancada: Bancada) -> None:
        caminho = bancada.agendar(TRES).headers["Location"]
        assert bancada.pedir("GET", caminho, quem="operacao").status_code == 200
        alheio = bancada.pedir("GET", caminho, quem="beatriz")
        inexistente = bancada.pedir("GET", "/agendamentos/999999", quem="beatriz")
        assert alheio.status_code == inexistente.status_code == 404
        # De fora não se distingue o alheio do que não existe.
        assert alheio.json["detail"] == inexistente.json["detail"]
        assert bancada.pedir("GET", caminho, quem=None).status_code == 401

    @pytest.mark.parametrize(
        "id_", ["0", "-1", "2", str(2**63 - 1), str(2**63), str(2**70), "1.0", "um", "٣"]
    )
    @pytest.mark.parametrize("metodo", ["GET", "PUT", "DELETE"])
    def test_id_que_nao_existe_ou_nao_cabe_e_404(self, bancada: Bancada, metodo: str, id_: str) -> None:
        corpo = {"horario_inicio_utc": TRES} if metodo == "PUT" else None
        extra = {"corpo": corpo} if corpo else {}
        resposta = bancada.pedir(metodo, f"/agendamentos/{id_}", If_Match=f'"{id_}-1"', **extra)
        assert resposta.status_code in ((404, 412) if metodo == "PUT" else (404,))
        assert resposta.content_type == "application/problem+json"

    def test_os_links_dizem_o_que_se_pode_fazer_agora(self, bancada: Bancada) -> None:
        caminho = bancada.agendar(TRES).headers["Location"]
        sempre = {"self", "telescopio", "cientista", "historico"}
        assert links_de(bancada.pedir("GET", caminho)) == sempre | {"cancelar", "remarcar"}
        assert links_de(bancada.pedir("GET", caminho, quem="operacao")) == sempre | {"cancelar", "remarcar"}
        bancada.relogio.avancar(days=10, hours=15)
        assert bancada.pedir("GET", "/time").json["agora_utc"] == "2026-12-01T03:00:00.000Z"
        assert links_de(bancada.pedir("GET", caminho)) == sempre

    def test_cancelado_nao_oferece_mudanca(self, bancada: Bancada) -> None:
        caminho = bancada.agendar(TRES).headers["Location"]
        assert links_de(bancada.pedir("DELETE", caminho)) == {"self", "telescopio", "cientista", "historico"}


class TestListar:
    @nos_dois_bancos
    def test_as_paginas_juntas_sao_tudo_em_ordem_com_inicios_iguais(self, bancada: Bancada) -> None:
        ids = _povoar(bancada)
        tudo = bancada.pedir("GET", "/agendamentos?limite=200", quem="operacao")
        esperados = tudo.json["_embedded"]["agendamentos"]
        chaves = [(ag["horario_inicio_utc"], ag["id"]) for ag in esperados]
        assert chaves == sorted(chaves)
        assert sorted(ag["id"] for ag in esperados) == sorted(ids)
        for limite in (1, 2, 4, 7, 15, 16):
            paginas = _todas_as_paginas(bancada, f"/agendamentos?limite={limite}")
            assert [ag for pagina in paginas for ag in pagina] == esperados
            assert all(len(pagina) == limite for pagina in paginas[:-1])
            assert paginas[-1]

    def test_o_que_e_criado_no_meio_do_caminho_nao_repete_nem_pula(self, bancada: Bancada) -> None:
        ids = _povoar(bancada)
        primeira = bancada.pedir("GET", "/agendamentos?limite=6", quem="operacao")
        bancada.agendar(AGORA + timedelta(minutes=5), quem="operacao")
        resto = _todas_as_paginas(bancada, primeira.json["_links"]["next"]["href"])
        vistos = [ag["id"] for ag in primeira.json["_embedded"]["agendamentos"]]
        vistos += [ag["id"] for pagina in resto for ag in pagina]
        assert sorted(vistos) == sorted(ids)

    def test_os_filtros_seguem_nas_paginas(self, bancada: Bancada) -> None:
        _povoar(bancada)
        paginas = _todas_as_paginas(bancada, "/agendamentos?telescopio=chandra-acad&limite=2&estado=ATIVO")
        assert [len(pagina) for pagina in paginas] == [2, 2, 1]
        assert {ag["telescopio"] for pagina in paginas for ag in pagina} == {"chandra-acad"}

    def test_de_e_ate_sao_semiabertos(self, bancada: Bancada) -> None:
        _povoar(bancada)
        de, ate = formatar(AGORA + timedelta(hours=2)), formatar(AGORA + timedelta(hours=4))
        (pagina,) = _todas_as_paginas(bancada, f"/agendamentos?de={de}&ate={ate}")
        assert {ag["horario_inicio_utc"] for ag in pagina} == {
            "2026-11-20T14:00:00.000Z",
            "2026-11-20T15:00:00.000Z",
        }

    @nos_dois_bancos
    def test_o_que_toca_o_intervalo_e_achado(self, bancada: Bancada) -> None:
        longo = bancada.agendar("2026-12-01T23:00:00Z", "2026-12-02T03:00:00Z").json["id"]
        for de, ate, achados in (
            ("2026-12-02T00:00:00Z", "2026-12-02T01:00:00Z", [longo]),
            ("2026-12-02T02:59:59Z", "2026-12-03T00:00:00Z", [longo]),
            # Semiaberto: o que acaba onde o intervalo começa, ou começa onde ele acaba, não o toca.
            ("2026-12-02T03:00:00Z", "2026-12-03T00:00:00Z", []),
            ("2026-12-01T00:00:00Z", "2026-12-01T23:00:00Z", []),
        ):
            (pagina,) = _todas_as_paginas(bancada, f"/agendamentos?de={de}&ate={ate}")
            assert [ag["id"] for ag in pagina] == achados, (de, ate)

    def test_estado(self, bancada: Bancada) -> None:
        caminho = bancada.agendar(TRES).headers["Location"]
        bancada.agendar("2026-12-01T04:00:00Z")
        bancada.pedir("DELETE", caminho)
        (cancelados,) = _todas_as_paginas(bancada, "/agendamentos?estado=CANCELADO", quem="ada")
        (ativos,) = _todas_as_paginas(bancada, "/agendamentos?estado=ATIVO", quem="ada")
        assert [ag["estado"] for ag in cancelados] == ["CANCELADO"]
        assert [ag["estado"] for ag in ativos] == ["ATIVO"]

    def test_cada_uma_ve_os_seus(self, bancada: Bancada) -> None:
        bancada.agendar(TRES)
        bancada.agendar("2026-12-01T04:00:00Z", quem="beatriz")
        ada, beatriz = bancada.id_de("ada"), bancada.id_de("beatriz")
        (pagina,) = _todas_as_paginas(bancada, "/agendamentos", quem="ada")
        assert {ag["cientista_id"] for ag in pagina} == {ada}
        assert bancada.pedir("GET", f"/agendamentos?cientista={ada}").status_code == 200
        assert bancada.pedir("GET", f"/agendamentos?cientista={beatriz}").status_code == 403
        (pagina,) = _todas_as_paginas(bancada, f"/agendamentos?cientista={beatriz}", quem="operacao")
        assert {ag["cientista_id"] for ag in pagina} == {beatriz}

    def test_telescopio_que_nao_existe_e_404(self, bancada: Bancada) -> None:
        assert bancada.pedir("GET", "/agendamentos?telescopio=spitzer").status_code == 404

    def test_lista_vazia(self, bancada: Bancada) -> None:
        resposta = bancada.pedir("GET", "/agendamentos")
        assert resposta.json["_embedded"] == {"agendamentos": []}
        assert links_de(resposta) == {"self"}

    @pytest.mark.parametrize(
        "query",
        [
            "limite=0", "limite=201", "limite=x", "limite=", "estado=ativo", "de=ontem",
            "de=2026-12-01T00:00:00", "cientista=0", f"cientista={2**63}", "depois=%%%", "depois=abc",
            "depois=MjAyNnwx", "desconhecido=1", "telescopio=", "telescopio=%00",
        ],
    )  # fmt: skip
    def test_query_ruim_nomeia_o_campo(self, bancada_do_modulo: Bancada, query: str) -> None:
        recusa = bancada_do_modulo.pedir("GET", f"/agendamentos?{query}")
        assert recusa.status_code == 422
        (erro,) = recusa.json["erros"]
        assert erro["campo"] == query.split("=")[0]
        assert erro["remedio"]

    @given(marcador=st.text(max_size=60) | st.binary(max_size=40).map(bytes.hex))
    def test_qualquer_marcador_e_lido_ou_recusado(self, bancada_do_modulo: Bancada, marcador: str) -> None:
        consulta = urlencode({"depois": marcador.encode("utf-8", "replace")})
        resposta = bancada_do_modulo.pedir("GET", f"/agendamentos?{consulta}")
        assert resposta.status_code in (200, 422)

    @pytest.mark.parametrize(
        "posicao",
        [
            "9999-12-31T23:59:59-23:59|1",
            "0001-01-01T00:00:00+23:59|1",
            "2026-12-01T00:00:00|1",
            "2026-12-01T00:00:00+00:00|-1",
            f"2026-12-01T00:00:00+00:00|{2**63}",
            "2026-12-01T00:00:00+00:00",
            "a|b|c",
        ],
    )
    @nos_dois_bancos
    def test_marcador_forjado_e_recusado(self, bancada: Bancada, posicao: str) -> None:
        marcador = base64.urlsafe_b64encode(posicao.encode()).decode()
        recusa = bancada.pedir("GET", f"/agendamentos?depois={marcador}")
        assert recusa.status_code == 422

    def test_o_link_de_self_e_o_pedido_que_se_fez(self, bancada_do_modulo: Bancada) -> None:
        resposta = bancada_do_modulo.pedir("GET", f"/agendamentos?telescopio={HUBBLE}&limite=7")
        proprio = urlsplit(resposta.json["_links"]["self"]["href"])
        assert proprio.path == "/agendamentos"
        assert parse_qs(proprio.query) == {"telescopio": [HUBBLE], "limite": ["7"]}
