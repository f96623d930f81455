"""Os dados de demonstração: telescópios e cientistas com chaves conhecidas de todos (``SCTEC_DEMO=1``)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

from agendamento.aplicacao.cientistas import PREFIXO_CHAVE, impressao_da_chave
from agendamento.aplicacao.portas import Banco, Escrita, Leitura, Relogio
from agendamento.dominio.agendamento import Cientista, Papel

_TELESCOPIOS = (
    ("hubble-acad", "Hubble Acadêmico", "Hubble-Acad", "Óptico e ultravioleta, 2,4 m, órbita baixa."),
    ("james-webb-acad", "James Webb Acadêmico", "James-Webb-Acad", "Infravermelho, 6,5 m, em torno de L2."),
    ("chandra-acad", "Chandra Acadêmico", "Chandra-Acad", "Raios X, órbita alta e excêntrica."),
    ("euclid-acad", "Euclid Acadêmico", "Euclid-Acad", "Grande campo no visível e infravermelho próximo."),
    ("xmm-acad", "XMM-Newton Acadêmico", "XMM-Acad", "Espectroscopia de raios X."),
    ("fermi-acad", "Fermi Acadêmico", "Fermi-Acad", "Raios gama, varredura de todo o céu."),
)
_CIENTISTAS = (
    ("Ada L.", "ada", Papel.CIENTISTA, "Observatório do Valongo", "Brasil"),
    ("Beatriz N.", "beatriz", Papel.CIENTISTA, "Universidade do Porto", "Portugal"),
    ("Chandra S.", "chandra", Papel.CIENTISTA, "IIA Bangalore", "Índia"),
    ("Dorothea K.", "dorothea", Papel.CIENTISTA, "MPIA Heidelberg", "Alemanha"),
    ("Edwin H.", "edwin", Papel.CIENTISTA, "Mount Wilson", "Estados Unidos"),
    ("Fatima A.", "fatima", Papel.CIENTISTA, "Universidade Al Akhawayn", "Marrocos"),
    ("Galileu G.", "galileu", Papel.CIENTISTA, "INAF", "Itália"),
    ("Henrietta L.", "henrietta", Papel.CIENTISTA, "Harvard", "Estados Unidos"),
    ("Itokawa H.", "itokawa", Papel.CIENTISTA, "ISAS", "Japão"),
    ("Jocelyn B.", "jocelyn", Papel.CIENTISTA, "Oxford", "Reino Unido"),
    ("Operação", "operacao", Papel.OPERADOR, "SCTEC", "Brasil"),
)


def chave_demo(apelido: str) -> str:
    """A chave de uma pessoa de demonstração: sempre a mesma, e pública."""
    resumo = hashlib.sha256(f"sctec-demo:{apelido}".encode()).digest()
    return PREFIXO_CHAVE + base64.urlsafe_b64encode(resumo).rstrip(b"=").decode()


def semear(banco: Banco, relogio: Relogio, horizonte_dias: int, *, pessoas: bool) -> int:
    """Cria o que faltar e devolve quantos itens criou. ``pessoas`` só em modo de demonstração."""

    def gravar(escrita: Escrita) -> int:
        criados = 0
        for slug, nome, prefixo, descricao in _TELESCOPIOS:
            if escrita.telescopio(slug) is None:
                dados: dict[str, Any] = {"slug": slug, "nome": nome, "prefixo_recurso": prefixo}
                dados |= {"descricao": descricao, "duracao_slot_s": 300, "horizonte_dias": horizonte_dias}
                escrita.inserir_telescopio(dados)
                escrita.auditar("TELESCOPIO_CRIADO", {"telescopio": slug, "semente": True})
                criados += 1
        for nome, apelido, papel, instituicao, pais in _CIENTISTAS if pessoas else ():
            impressao = impressao_da_chave(chave_demo(apelido))
            if escrita.cientista_por_chave(impressao) is None:
                pessoa: dict[str, Any] = {
                    "nome": nome,
                    "email": f"{apelido}@demo.invalid",
                    "papel": papel.value,
                }
                pessoa |= {"instituicao": instituicao, "pais": pais}
                nova = escrita.inserir_cientista(pessoa, impressao, relogio.agora())
                escrita.auditar(
                    "CIENTISTA_CRIADO", {"cientista_id": nova.id, "papel": papel.value, "semente": True}
                )
                criados += 1
        return criados

    return banco.escrever("semear", gravar)


def listar(leitura: Leitura) -> Iterator[tuple[Cientista, str]]:
    """As pessoas de demonstração que existem, com suas chaves."""
    for _, apelido, *_ in _CIENTISTAS:
        chave = chave_demo(apelido)
        if (cientista := leitura.cientista_por_chave(impressao_da_chave(chave))) is not None:
            yield cientista, chave
