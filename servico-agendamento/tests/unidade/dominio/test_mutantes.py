"""As propriedades do clique, do bilhete e do crédito sabem falhar: cada proteção arrancada é notada."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from agendamento.dominio import bilhete, credito, instante
from tests.unidade.dominio import test_bilhete, test_credito, test_instante

Prova = Callable[[], Any]


def mutar(modulo: ModuleType, de: str, para: str) -> dict[str, Any]:
    """Uma cópia do módulo com um trecho trocado; o módulo de verdade não muda."""
    fonte = inspect.getsource(modulo)
    assert fonte.count(de) == 1, f"o trecho a mutar deve existir uma só vez: {de}"
    copia: dict[str, Any] = {"__name__": modulo.__name__, "__file__": modulo.__file__}
    exec(compile(fonte.replace(de, para), f"mutante de {modulo.__name__}", "exec"), copia)
    return copia


MUTANTES: list[tuple[str, ModuleType, str, str, ModuleType, Prova]] = [
    (
        "clique sem limite para trás",
        instante,
        "min(max(declarado, limite), chegada_ms)",
        "min(declarado, chegada_ms)",
        test_instante,
        test_instante.test_fica_entre_o_limite_do_bilhete_e_a_chegada,
    ),
    (
        "clique depois da chegada",
        instante,
        "min(max(declarado, limite), chegada_ms)",
        "max(declarado, limite)",
        test_instante,
        test_instante.test_fica_entre_o_limite_do_bilhete_e_a_chegada,
    ),
    (
        "acredita em quem não tem bilhete",
        instante,
        "limite, instante, incerteza = chegada_ms, chegada_ms, None",
        "limite, instante, incerteza = chegada_ms, clique_ms or chegada_ms, None",
        test_instante,
        test_instante.test_sem_bilhete_vale_a_chegada_diga_o_que_disser,
    ),
    (
        "clique antes da abertura",
        instante,
        "min(max(instante, abertura_ms), chegada_ms)",
        "instante",
        test_instante,
        test_instante.test_nada_vem_antes_da_abertura_nem_depois_da_chegada,
    ),
    (
        "assinatura não conferida",
        bilhete,
        "if not hmac.compare_digest(self._mac(dia, corpo), assinatura):",
        "if False:",
        test_bilhete,
        test_bilhete.test_um_bit_trocado_invalida,
    ),
    (
        "bilhete eterno",
        bilhete,
        "if idade_us > VALIDADE_US:",
        "if False:",
        test_bilhete,
        test_bilhete.test_vence_e_o_vencido_nao_continua_a_corrente,
    ),
    (
        "bilhete do futuro",
        bilhete,
        "if idade_us < -folga_us:",
        "if False:",
        test_bilhete,
        test_bilhete.test_do_futuro_e_invalido,
    ),
    (
        "vale a última ida e volta, e não a menor",
        bilhete,
        "min(lido.rtt_us, ida_e_volta)",
        "ida_e_volta",
        test_bilhete,
        test_bilhete.test_prova_o_menor_atraso_e_conta_as_amostras,
    ),
    (
        "idade do bilhete pelo relógio de parede",
        bilhete,
        "idade_us, folga_us = agora.mono_us - emitido_us, 0",
        "idade_us, folga_us = agora.utc_us - base_us - emitido_us, 0",
        test_bilhete,
        test_bilhete.test_salto_do_relogio_de_parede_recomeca_a_corrente_sem_perder_o_bilhete,
    ),
    (
        "base recolhida na volta",
        bilhete,
        "replace(novo, base_us=lido.base_us, rtt_us",
        "replace(novo, rtt_us",
        test_bilhete,
        test_bilhete.test_ajuste_pequeno_nao_muda_a_base_de_uma_corrente,
    ),
    (
        "reserva sem fundo",
        credito,
        "min(max(0.0, pedido - norma.credito_ms), saldo.ms)",
        "max(0.0, pedido - norma.credito_ms)",
        test_credito,
        test_credito.test_nunca_passa_da_metade_nem_do_maximo_nem_do_teto,
    ),
    (
        "rede sem teto",
        credito,
        "pedido = min(pedido, norma.teto_ms)",
        "pass",
        test_credito,
        test_credito.test_nunca_passa_da_metade_nem_do_maximo_nem_do_teto,
    ),
]


@pytest.mark.parametrize(
    ("modulo", "de", "para", "testes", "prova"), [m[1:] for m in MUTANTES], ids=[m[0] for m in MUTANTES]
)
def test_mutante_apanhado(
    modulo: ModuleType,
    de: str,
    para: str,
    testes: ModuleType,
    prova: Prova,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copia = mutar(modulo, de, para)
    for nome, valor in vars(modulo).items():
        if vars(testes).get(nome) is valor and inspect.getmodule(valor) is modulo:
            monkeypatch.setattr(testes, nome, copia[nome])
    # `pytest.raises` falha com uma exceção só sua, que nem Exception é; com outra, o Hypothesis as junta num grupo.
    with pytest.raises((AssertionError, BaseExceptionGroup, pytest.fail.Exception)):
        prova()
