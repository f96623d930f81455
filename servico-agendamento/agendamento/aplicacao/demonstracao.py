"""Os dados de demonstração: telescópios e cientistas com chaves conhecidas de todos (``SCTEC_DEMO=1``)."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from agendamento.aplicacao.cientistas import PREFIXO_CHAVE, impressao_da_chave
from agendamento.aplicacao.portas import (
    Banco,
    Escrita,
    FiltroAgendamentos,
    Leitura,
    NovoAgendamento,
    Pergunta,
    Relogio,
)
from agendamento.aplicacao.relato import descrever
from agendamento.dominio.agendamento import Cientista, Papel
from agendamento.dominio.grade import Intervalo

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

_OCUPACAO = (0.6, 0.5, 0.35, 0.25, 0.2, 0.12)
_COLABORACOES = (
    "Colaboração Campo Profundo",
    "Colaboração Primeiras Galáxias",
    "Colaboração Buracos Negros",
    "Colaboração Lentes Gravitacionais",
    "Colaboração Aglomerados",
    "Colaboração Transientes",
)
_ALVOS = ("M31", "M51", "M87", "NGC 891", "NGC 1300", "Sgr A*", "TRAPPIST-1", "Cas A", "3C 273", "Abell 2744")


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
                escrita.auditar("TELESCOPIO_CRIADO", {"telescopio": slug, "semente": True, **dados})
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


def semear_agenda(banco: Banco, relogio: Relogio) -> int:
    """Uma semana de observações em cada telescópio que não tem nenhuma, o mais disputado primeiro.

    São de colaborações sem chave: a cota das pessoas de demonstração fica inteira. Devolve quantas criou.
    """

    def gravar(escrita: Escrita) -> int:
        agora = relogio.agora()
        dia = agora.replace(hour=0, minute=0, second=0, microsecond=0)
        criadas = 0
        for ordem, (slug, *_) in enumerate(_TELESCOPIOS):
            telescopio = escrita.telescopio(slug)
            if telescopio is None:
                continue
            semana = FiltroAgendamentos(telescopio.id, de=agora, ate=dia + timedelta(days=7), limite=1)
            if escrita.agendamentos(semana):
                continue
            titular = _colaboracao(escrita, ordem, agora)
            for intervalo, alvo in _semana(slug, dia, _OCUPACAO[ordem]):
                if intervalo.inicio <= agora + timedelta(hours=1):
                    continue
                vista = escrita.situar(
                    Pergunta(titular, agora, intervalo.inicio, intervalo.fim, telescopio=slug)
                )
                if vista is None or vista.ocupantes or vista.parado_em is not None:
                    continue
                novo = NovoAgendamento(telescopio, titular, intervalo, alvo, None, 0, agora)
                if (criado := escrita.inserir_agendamento(novo, vista)) is not None:
                    escrita.auditar("AGENDAMENTO_CRIADO", {**descrever(criado), "semente": True})
                    criadas += 1
        return criadas

    return banco.escrever("semear", gravar)


def _colaboracao(escrita: Escrita, ordem: int, agora: datetime) -> int:
    """O id da colaboração; a chave dela sai do nome e nunca é publicada, e por isso não a repete."""
    nome = _COLABORACOES[ordem]
    impressao = impressao_da_chave(f"colaboracao-sem-chave:{nome}")
    pessoa = escrita.cientista_por_chave(impressao)
    if pessoa is None:
        dados = {"nome": nome, "email": f"colaboracao-{ordem}@demo.invalid", "papel": Papel.CIENTISTA.value}
        pessoa = escrita.inserir_cientista(dados, impressao, agora)
        escrita.auditar(
            "CIENTISTA_CRIADO", {"cientista_id": pessoa.id, "papel": pessoa.papel.value, "semente": True}
        )
    return pessoa.id


def _semana(slug: str, dia: datetime, ocupacao: float) -> Iterator[tuple[Intervalo, str]]:
    """Blocos de 15 a 90 min, sempre os mesmos num mesmo dia; as noites vêm mais cheias que os dias.

    Das 3 h às 4 h fica livre: é a hora dos exemplos da documentação.
    """
    for quantos in range(7):
        inicio = dia + timedelta(days=quantos)
        exemplos = Intervalo(inicio + timedelta(hours=3), inicio + timedelta(hours=4))
        acaso = random.Random(f"{slug} {inicio.date()}")
        while inicio < dia + timedelta(days=quantos + 1):
            duracao = timedelta(minutes=acaso.choice((15, 30, 45, 60, 90)))
            noite = inicio.hour >= 20 or inicio.hour < 8
            bloco = Intervalo(inicio, inicio + duracao)
            if acaso.random() < ocupacao * (1.2 if noite else 0.7) and not bloco.sobrepoe(exemplos):
                yield bloco, acaso.choice(_ALVOS)
            inicio += duracao


def listar(leitura: Leitura) -> Iterator[tuple[Cientista, str]]:
    """As pessoas de demonstração que existem, com suas chaves."""
    for _, apelido, *_ in _CIENTISTAS:
        chave = chave_demo(apelido)
        if (cientista := leitura.cientista_por_chave(impressao_da_chave(chave))) is not None:
            yield cientista, chave
