"""Cientistas e chaves: cadastro, o que cada pessoa vê, troca e remoção dos dados pessoais."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.apoio import Bancada, campos_recusados, chave_de, links_de
from tests.postgresql import nos_dois_bancos

VERA = {"nome": "Vera R.", "email": "Vera@Carnegie.example", "instituicao": "Carnegie", "pais": "EUA"}
TRES = "2026-12-01T03:00:00Z"


def _cadastrar(bancada: Bancada, quem: str | None = None, **mudancas: Any) -> Any:
    return bancada.pedir("POST", "/cientistas", {**VERA, **mudancas}, quem=quem)


class TestCadastro:
    @nos_dois_bancos
    def test_a_chave_vem_uma_vez_e_serve(self, bancada: Bancada) -> None:
        criada = _cadastrar(bancada)
        assert criada.status_code == 201
        assert criada.headers["Cache-Control"] == "no-store"
        chave = criada.json["chave"]
        # 256 bits em base64url são 43 caracteres.
        assert re.fullmatch(r"sctec_[A-Za-z0-9_-]{43}", chave)
        assert criada.json["email"] == "vera@carnegie.example"
        ficha = bancada.pedir("GET", criada.headers["Location"], quem=chave)
        assert ficha.status_code == 200
        assert "chave" not in ficha.json
        assert links_de(ficha) == {"self", "agendamentos", "alterar", "trocar_chave", "remover", "calendario"}
        assert bancada.agendar(TRES, quem=chave).status_code == 201

    def test_so_o_resumo_da_chave_e_guardado(self, bancada: Bancada) -> None:
        chave = _cadastrar(bancada).json["chave"]
        (linha,) = bancada.sql("SELECT * FROM cientistas WHERE nome = 'Vera R.'")
        assert chave not in str(linha)
        assert re.search("[0-9a-f]{64}", str(linha))

    @nos_dois_bancos
    def test_email_repetido_e_422_tambem_com_outra_caixa(self, bancada: Bancada) -> None:
        _cadastrar(bancada)
        recusa = _cadastrar(bancada, email="VERA@carnegie.EXAMPLE")
        assert recusa.status_code == 422
        assert "email" in campos_recusados(recusa)

    @pytest.mark.parametrize(
        ("campo", "valor"),
        [("nome", ""), ("nome", None), ("nome", 7), ("email", "sem-arroba"), ("email", "a@b"), ("pais", "x" * 61),
         ("papel", "OPERADOR"), ("id", 1), ("chave", "minha")],
    )  # fmt: skip
    def test_campo_ruim_e_nomeado(self, bancada: Bancada, campo: str, valor: Any) -> None:
        recusa = _cadastrar(bancada, **{campo: valor})
        assert recusa.status_code == 422
        assert set(campos_recusados(recusa)) == {campo}

    def test_ninguem_se_cadastra_como_operacao(self, bancada: Bancada) -> None:
        assert _cadastrar(bancada).json["papel"] == "CIENTISTA"

    def test_fechado_so_a_operacao_cadastra(self, montar: Any) -> None:
        bancada = montar(SCTEC_CADASTRO="operador")
        assert _cadastrar(bancada).status_code == 401
        assert _cadastrar(bancada, quem="ada").status_code == 403
        assert "cadastrar" not in links_de(bancada.pedir("GET", "/", quem="ada"))
        assert "cadastrar" in links_de(bancada.pedir("GET", "/", quem="operacao"))
        assert _cadastrar(bancada, quem="operacao").status_code == 201


class TestFicha:
    def test_so_a_propria_e_a_operacao_veem(self, bancada: Bancada) -> None:
        ada, beatriz = (f"/cientistas/{bancada.id_de(quem)}" for quem in ("ada", "beatriz"))
        assert bancada.pedir("GET", ada).status_code == 200
        assert bancada.pedir("GET", beatriz).status_code == 404
        assert bancada.pedir("GET", beatriz, quem="operacao").status_code == 200
        assert bancada.pedir("GET", ada, quem=None).status_code == 401
        for metodo, corpo in (("PUT", {"nome": "x"}), ("DELETE", b"")):
            assert bancada.pedir(metodo, beatriz, corpo).status_code == 404

    @pytest.mark.parametrize("id_", ["0", "999999", str(2**63), "-1", "x"])
    def test_inexistente_e_404(self, bancada: Bancada, id_: str) -> None:
        assert bancada.pedir("GET", f"/cientistas/{id_}", quem="operacao").status_code == 404

    @nos_dois_bancos
    def test_alterar_muda_so_o_que_vem(self, bancada: Bancada) -> None:
        caminho = f"/cientistas/{bancada.id_de('ada')}"
        antes = bancada.pedir("GET", caminho).json
        alterada = bancada.pedir("PUT", caminho, {"pais": "Portugal", "instituicao": None})
        assert alterada.status_code == 200
        depois = bancada.pedir("GET", caminho).json
        assert (depois["pais"], depois["instituicao"]) == ("Portugal", None)
        assert depois["nome"] == antes["nome"]
        assert depois["email"] == antes["email"]

    def test_alterar_audita_os_campos_e_nao_os_valores(self, bancada: Bancada) -> None:
        bancada.pedir("PUT", f"/cientistas/{bancada.id_de('ada')}", {"nome": "Augusta Ada King"})
        (linha,) = bancada.sql("SELECT detalhes FROM auditoria WHERE evento = 'CIENTISTA_ALTERADO'")
        assert '"campos":["nome"]' in linha.detalhes
        assert "King" not in linha.detalhes

    @nos_dois_bancos
    def test_alterar_para_email_de_outra_e_422(self, bancada: Bancada) -> None:
        beatriz = bancada.pedir("GET", f"/cientistas/{bancada.id_de('beatriz')}", quem="beatriz").json[
            "email"
        ]
        recusa = bancada.pedir("PUT", f"/cientistas/{bancada.id_de('ada')}", {"email": beatriz})
        assert recusa.status_code == 422
        assert "email" in campos_recusados(recusa)


class TestRemocao:
    @nos_dois_bancos
    def test_apaga_os_dados_revoga_a_chave_e_cancela_as_futuras(self, bancada: Bancada) -> None:
        criada = _cadastrar(bancada)
        caminho, chave = criada.headers["Location"], criada.json["chave"]
        futura = bancada.agendar(TRES, quem=chave).headers["Location"]
        assert bancada.pedir("DELETE", caminho, quem=chave).status_code == 204
        assert bancada.pedir("GET", caminho, quem=chave).status_code == 401
        assert bancada.pedir("GET", caminho, quem="operacao").status_code == 404
        cancelada = bancada.pedir("GET", futura, quem="operacao").json
        assert cancelada["estado"] == "CANCELADO"
        assert bancada.agendar(TRES).status_code == 201
        tudo = str(bancada.sql("SELECT * FROM cientistas"))
        assert "vera" not in tudo.lower()
        assert bancada.eventos()[-3:] == ["AGENDAMENTO_CANCELADO", "CIENTISTA_REMOVIDO", "AGENDAMENTO_CRIADO"]
        # O e-mail fica livre para um cadastro novo.
        assert _cadastrar(bancada).status_code == 201

    def test_a_em_curso_fica_no_historico(self, bancada: Bancada) -> None:
        criada = _cadastrar(bancada)
        em_curso = bancada.agendar(TRES, "2026-12-01T04:00:00Z", quem=criada.json["chave"]).headers[
            "Location"
        ]
        bancada.relogio.avancar(days=10, hours=15, minutes=30)
        bancada.pedir("DELETE", criada.headers["Location"], quem="operacao")
        assert bancada.pedir("GET", em_curso, quem="operacao").json["estado"] == "ATIVO"

    def test_muitas_futuras_vao_todas(self, montar: Any) -> None:
        bancada = montar(SCTEC_LIMITE_ATIVOS="0", SCTEC_LIMITE_HORAS_CICLO="0")
        for n in range(12):
            assert bancada.agendar(f"2026-12-01T{n:02}:00:00Z").status_code == 201
        bancada.pedir("DELETE", f"/cientistas/{bancada.id_de('ada')}")
        assert bancada.sql("SELECT id FROM agendamentos WHERE estado = 'ATIVO'") == []


class TestChave:
    @pytest.mark.parametrize(
        "autorizacao",
        [
            "Bearer nenhuma", "Bearer ", "Bearer", "Basic YTpi", "sctec_abc", "", "Bearer " + "x" * 300,
            "Bearer \u00e9\u00ff", "bearer sctec_" + "A" * 43,
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("caminho", ["/agendamentos", "/telescopios", "/"])
    def test_que_nao_vale_e_401_ate_no_que_e_publico(
        self, bancada: Bancada, caminho: str, autorizacao: str
    ) -> None:
        recusa = bancada.pedir("GET", caminho, quem=None, Authorization=autorizacao)
        assert recusa.status_code == 401
        assert recusa.headers["WWW-Authenticate"].startswith("Bearer")
        assert recusa.content_type == "application/problem+json"
        assert "sctec_A" not in recusa.text

    def test_o_esquema_nao_distingue_caixa(self, bancada: Bancada) -> None:
        resposta = bancada.pedir("GET", "/agendamentos", quem=None, Authorization=f"bearer {chave_de('ada')}")
        assert resposta.status_code == 200
