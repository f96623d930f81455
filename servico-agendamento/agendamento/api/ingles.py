"""As recusas em inglês, a quem o prefere (``Accept-Language``). O motivo e os nomes de campos não mudam."""

from __future__ import annotations

from typing import Any, NamedTuple


class Texto(NamedTuple):
    titulo: str
    texto: str
    remedio: str


_ALTERNATIVAS = "Choose one of the free slots in _links.alternativas."

EM_INGLES: dict[str, Texto] = {
    "pedido-malformado": Texto(
        "Malformed request", "The body is not valid JSON.", "Check the JSON and send each key only once."
    ),
    "nao-autenticado": Texto(
        "Missing or invalid key",
        "This call needs an API key, and the one sent is missing, unknown or revoked.",
        "Send the header Authorization: Bearer <key>. Keys are created by POST /cientistas.",
    ),
    "proibido": Texto(
        "Not allowed",
        "The key is valid, but does not allow this action.",
        "Use the key of someone who may do this, or ask the operators.",
    ),
    "nao-encontrado": Texto(
        "Not found",
        "There is nothing at this address, or what is there is not yours.",
        "Check the address and the number; GET / lists what there is.",
    ),
    "metodo-nao-permitido": Texto(
        "Method not allowed",
        "The address exists, but does not accept this method.",
        "The Allow header lists the accepted methods.",
    ),
    "formato-nao-aceito": Texto(
        "Format not available",
        "The Accept header asks for a format that this address does not produce.",
        "Ask for application/json.",
    ),
    "recurso-ocupado": Texto(
        "Slot just taken",
        "Someone else asked for this slot a moment earlier, and their booking was saved.",
        _ALTERNATIVAS,
    ),
    "preterido": Texto(
        "Lost the arbitration",
        "Someone else's click on this slot came before yours, or tied with it and won by the tie-break rule; "
        "arbitragem tells the rule and both intervals.",
        _ALTERNATIVAS,
    ),
    "conflito-horario": Texto(
        "Slot already booked",
        "The interval touches a slot that is booked, out of service, or offered to someone on its waiting list.",
        _ALTERNATIVAS,
    ),
    "ja-e-seu": Texto(
        "This slot is already yours",
        "An earlier request of yours already booked it. Nothing was contested, and nothing was spent.",
        "See it in _links.agendamento, or choose one of the free slots in _links.alternativas.",
    ),
    "estado-impede": Texto(
        "Not possible in the current state",
        "It exists, but this action no longer applies to it, or does not apply yet; motivo says why.",
        "Look at how it is now, and choose among what can still be done.",
    ),
    "idempotencia-em-curso": Texto(
        "The same request is still in progress",
        "A request with this Idempotency-Key has not finished yet.",
        "Wait a second and repeat: you will get the first one's answer.",
    ),
    "versao-divergente": Texto(
        "The version is no longer this one",
        "Someone changed it since you read it.",
        "Read it again, check the change, and repeat with the new ETag.",
    ),
    "corpo-grande-demais": Texto("Body too large", "The body exceeds 64 KiB.", "Shorten the notes."),
    "tipo-de-conteudo": Texto(
        "Content type not accepted",
        "The body must be JSON, and say so.",
        "Send the header Content-Type: application/json.",
    ),
    "dados-invalidos": Texto(
        "Invalid data",
        "One or more fields cannot be accepted; the list erros says which.",
        "Correct each field in the list erros.",
    ),
    "limite-excedido": Texto(
        "Limit exceeded",
        "The request would exceed one of your limits.",
        "Cancel a future observation, leave a waiting list, or ask for a shorter interval.",
    ),
    "idempotencia-reusada": Texto(
        "Idempotency-Key of another request",
        "This Idempotency-Key was already used with a different body.",
        "Use a new key for a new request; repeat a key only for the same request.",
    ),
    "pre-condicao-exigida": Texto(
        "If-Match is missing",
        "This action overwrites, and must say which version was read.",
        "Send If-Match with the ETag that you read.",
    ),
    "requisicoes-demais": Texto(
        "Too many requests",
        "This key exceeded its number of requests per second.",
        "Wait as long as Retry-After says.",
    ),
    "erro-interno": Texto(
        "Internal error",
        "Something we did not foresee. Nothing was left half written.",
        "Try again and, if it persists, give the request_id to the operators.",
    ),
    "servico-indisponivel": Texto(
        "Service temporarily unavailable",
        "The lock coordinator or the database did not answer in time. Nothing was saved, nothing is stuck.",
        "Repeat after Retry-After, with the same Idempotency-Key if you used one.",
    ),
}

_FRASES = {
    "falta este campo.": "this field is missing.",
    "Envie-o.": "Send it.",
    "não pode ser nulo.": "it cannot be null.",
    "Envie um valor, ou omita o campo se for opcional.": "Send a value, or omit the field if optional.",
    "campo desconhecido.": "unknown field.",
    "Retire-o; os campos aceitos estão em /docs.": "Remove it; the accepted fields are in /docs.",
    "não é um texto.": "it is not text.",
    "Envie o valor entre aspas.": "Send the value in quotes.",
    "está em branco.": "it is blank.",
    "Escreva algo, ou omita o campo se for opcional.": "Write something, or omit the field if optional.",
    "não tem a forma esperada.": "it does not have the expected form.",
    "Escreva como ada@exemplo.org.": "Write it like ada@exemplo.org.",
    "não é um número inteiro.": "it is not an integer.",
    "não é um número.": "it is not a number.",
    "não é um instante em texto.": "it is not an instant in text.",
    "não diz o fuso horário.": "it does not say its time zone.",
    "não está em RFC 3339.": "it is not in RFC 3339.",
    "não existe no calendário.": "it does not exist in the calendar.",
    "Use RFC 3339 com fuso, como 2026-12-01T03:00:00Z ou 2026-12-01T00:00:00-03:00.": (
        "Use RFC 3339 with an offset, like 2026-12-01T03:00:00Z or 2026-12-01T00:00:00-03:00."
    ),
    "este horário já passou.": "this time has passed.",
    "o fim não vem depois do início.": "the end does not come after the start.",
    "este e-mail já está cadastrado.": "this e-mail is already registered.",
    "Use outro, ou peça à operação uma chave nova.": "Use another, or ask the operators for a new key.",
}
"""O que não está aqui traz números ou nomes do pedido, e fica em português ao lado do campo que nomeia."""


def traduzir(slug: str, corpo: dict[str, Any]) -> dict[str, Any]:
    """O corpo do problema com título, explicação, remédio e recusas de campos em inglês."""
    titulo, texto, remedio = EM_INGLES[slug]
    traduzido = {**corpo, "title": titulo, "detail": texto, "remedio": remedio}
    if "erros" in corpo:
        traduzido["erros"] = [
            {nome: valor if nome == "campo" else _FRASES.get(valor, valor) for nome, valor in erro.items()}
            for erro in corpo["erros"]
        ]
    return traduzido
