"""O que se conta de um agendamento e de uma disputa: à auditoria, a quem assiste e a quem perdeu."""

from __future__ import annotations

from agendamento.aplicacao.portas import Detalhes
from agendamento.dominio.agendamento import Agendamento
from agendamento.dominio.grade import formatar, numero


def descrever(agendamento: Agendamento) -> Detalhes:
    """O agendamento como a auditoria e os eventos o contam: sem dado pessoal além do id."""
    return {
        "agendamento_id": agendamento.id,
        "cientista_id": agendamento.cientista_id,
        "telescopio": agendamento.telescopio_slug,
        "horario_inicio_utc": formatar(agendamento.intervalo.inicio),
        "horario_fim_utc": formatar(agendamento.intervalo.fim),
        "versao": agendamento.versao,
    }


def houve_disputa(arbitragem: Detalhes) -> bool:
    """Dois pedidos da mesma pessoa têm o mesmo código, e não são disputa."""
    return len({candidato["codigo"] for candidato in arbitragem.get("candidatos", ())}) > 1


def explicar(arbitragem: Detalhes | None) -> str:
    """A regra que decidiu, numa frase para quem perdeu."""
    if not arbitragem:
        return "Outra pessoa disputou este horário na mesma janela e ficou com ele."
    if arbitragem["criterio"] == "instante":
        antes = arbitragem["seu"]["efetivo_ms"] - arbitragem["vencedor"]["efetivo_ms"]
        if antes > 0:
            return f"Outra pessoa clicou {_ms(antes)} ms antes neste horário e ficou com ele."
        return "Outra pessoa tinha precedência sobre um horário que se sobrepõe a este e ficou com ele."
    empate = f"Seu clique e o de outra pessoa ficaram a menos de {_ms(arbitragem['tau_ms'])} ms um do outro"
    if arbitragem["criterio"] == "uso":
        return f"{empate}; o horário ficou com quem reservou menos horas nos últimos 30 dias."
    return f"{empate}, com o mesmo uso recente; o sorteio verificável do dia decidiu."


def _ms(valor: float) -> str:
    return numero(valor, ".0f" if valor >= 1 else ".1f")


def anunciar(agendamento: Agendamento) -> Detalhes:
    """O que vai ao vivo, para todos: nem o id da cientista."""
    return {nome: valor for nome, valor in descrever(agendamento).items() if nome != "cientista_id"}
