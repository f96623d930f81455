"""Os tipos de campo: leem com rigor, e cada recusa diz o que houve e o remédio."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import marshmallow as ma

from agendamento.dominio.grade import formatar

_RFC3339 = re.compile(
    r"^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$", re.ASCII
)
_SEM_FUSO = re.compile(r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$", re.ASCII)
_MAIS_PERDIDO = re.compile(r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)? \d{2}:\d{2}$", re.ASCII)
MAIOR_ID = 2**63 - 1
SLUG = r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$"
PREFIXO = r"^[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?$"


class Falha(str):
    """Mensagem de validação que leva o remédio consigo."""

    __slots__ = ("remedio",)
    remedio: str

    def __new__(cls, mensagem: str, remedio: str) -> Falha:
        falha = super().__new__(cls, mensagem)
        falha.remedio = remedio
        return falha

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        return str(self), self.remedio


def recusar(mensagem: str, remedio: str) -> ma.ValidationError:
    return ma.ValidationError([Falha(mensagem, remedio)])


_COMUNS = {
    "required": ("falta este campo.", "Envie-o."),
    "null": ("não pode ser nulo.", "Envie um valor, ou omita o campo se for opcional."),
}


class _Estrito:
    """Mistura que dá remédio às duas recusas que o marshmallow faz por conta própria."""

    def make_error(self, key: str, **_: Any) -> ma.ValidationError:
        return recusar(*_COMUNS.get(key, ("valor inválido.", "Consulte a documentação em /docs.")))


class Texto(_Estrito, ma.fields.Field[str]):
    """Texto de ``minimo`` a ``maximo`` caracteres depois de aparado, em NFC, sem caracteres de controle."""

    def __init__(
        self,
        maximo: int,
        *,
        minimo: int = 1,
        linhas: bool = False,
        padrao: str | None = None,
        forma: str = "Consulte a documentação em /docs.",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.minimo, self.maximo = minimo, maximo
        self.linhas = linhas
        self.padrao = re.compile(padrao) if padrao else None
        self.forma = forma
        esquema: dict[str, Any] = {"type": "string", "minLength": minimo, "maxLength": maximo}
        if padrao:
            esquema["pattern"] = padrao
        self.metadata = {**esquema, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> str:
        if not isinstance(value, str):
            raise recusar("não é um texto.", "Envie o valor entre aspas.")
        texto = unicodedata.normalize("NFC", value).strip()
        if len(texto) < self.minimo:
            raise recusar("está em branco.", "Escreva algo, ou omita o campo se for opcional.")
        if len(texto) > self.maximo:
            raise recusar(f"tem {len(texto)} caracteres; o máximo é {self.maximo}.", "Encurte o texto.")
        permitidos = "\n\t" if self.linhas else ""
        if any(unicodedata.category(c) in ("Cc", "Cs") and c not in permitidos for c in texto):
            raise recusar("tem caracteres de controle.", "Retire-os; use só texto visível.")
        if self.padrao and not self.padrao.fullmatch(texto):
            raise recusar("não tem a forma esperada.", self.forma)
        return texto


class Email(Texto):
    """Endereço de e-mail, em minúsculas. Só a forma é conferida."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            254, padrao=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", forma="Escreva como ada@exemplo.org.", **kwargs
        )

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kw: Any) -> str:
        return super()._deserialize(value, attr, data, **kw).lower()


class Inteiro(_Estrito, ma.fields.Field[int]):
    """Inteiro JSON (não texto, não booleano) entre ``minimo`` e ``maximo``; na query, algarismos."""

    def __init__(self, minimo: int, maximo: int, *, da_query: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.minimo, self.maximo, self.da_query = minimo, maximo, da_query
        self.metadata = {"type": "integer", "minimum": minimo, "maximum": maximo, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> int:
        if self.da_query and isinstance(value, str) and re.fullmatch(r"-?\d{1,30}", value, re.ASCII):
            value = int(value)
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise recusar("não é um número inteiro.", "Envie só algarismos, sem aspas.")
        if not self.minimo <= value <= self.maximo:
            raise recusar(
                f"fora do intervalo de {self.minimo} a {self.maximo}.", "Use um valor do intervalo."
            )
        return value


class Real(_Estrito, ma.fields.Field[float]):
    """Número JSON finito entre ``minimo`` e ``maximo``."""

    def __init__(self, minimo: float, maximo: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.minimo, self.maximo = minimo, maximo
        self.metadata = {"type": "number", "minimum": minimo, "maximum": maximo, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> float:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise recusar("não é um número.", "Envie um número, sem aspas.")
        if not self.minimo <= value <= self.maximo:
            raise recusar(
                f"fora do intervalo de {self.minimo:g} a {self.maximo:g}.", "Use um valor do intervalo."
            )
        return float(value)


class Escolha(_Estrito, ma.fields.Field[str]):
    """Um dos valores de ``opcoes``."""

    def __init__(self, *opcoes: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.opcoes = opcoes
        self.metadata = {"type": "string", "enum": list(opcoes), **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> str:
        if not isinstance(value, str) or value not in self.opcoes:
            raise recusar("não é um dos valores aceitos.", "Use um de: " + ", ".join(self.opcoes) + ".")
        return value


class Instante(_Estrito, ma.fields.Field[datetime]):
    """RFC 3339 com fuso; lê para UTC e escreve com ``Z``. Sem fuso, recusa: não há como saber que hora é."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metadata = {"type": "string", "format": "date-time", **self.metadata}

    def _serialize(self, value: datetime | str | None, *_: Any, **__: Any) -> str | None:
        return formatar(value) if isinstance(value, datetime) else value

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any
    ) -> datetime:
        remedio = "Use RFC 3339 com fuso, como 2026-12-01T03:00:00Z ou 2026-12-01T00:00:00-03:00."
        if not isinstance(value, str):
            raise recusar("não é um instante em texto.", remedio)
        if _SEM_FUSO.match(value):
            raise recusar("não diz o fuso horário.", remedio)
        if _MAIS_PERDIDO.match(value):
            raise recusar(
                "tem um espaço no lugar do “+” do fuso: num endereço, o “+” quer dizer espaço.",
                "Escreva %2B no lugar do “+”, como em 2026-12-01T03:00:00%2B03:00, ou use a hora UTC, com Z.",
            )
        achado = _RFC3339.match(value)
        if achado is None:
            raise recusar("não está em RFC 3339.", remedio)
        ano, mes, dia, hora, minuto, segundo = (int(achado[i]) for i in range(1, 7))
        if not 1900 <= ano <= 2999:
            raise recusar("está fora dos anos aceitos, de 1900 a 2999.", remedio)
        micros = int((achado[7] or "").ljust(6, "0")[:6] or 0)
        fuso = achado[8].upper()
        try:
            local = datetime(ano, mes, dia, hora, minuto, segundo, micros, tzinfo=UTC)
            if fuso == "Z":
                return local
            return datetime.fromisoformat(local.isoformat()[:-6] + fuso).astimezone(UTC)
        except (ValueError, OverflowError):
            raise recusar("não existe no calendário.", remedio) from None


class Sinal(_Estrito, ma.fields.Field[bool]):
    """``0`` ou ``1`` na query."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metadata = {"type": "string", "enum": ["0", "1"], "default": "0", **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> bool:
        if value not in ("0", "1"):
            raise recusar("não é 0 nem 1.", "Use 0 ou 1.")
        return bool(value == "1")


class Elos(ma.fields.Method):
    """``_links``: o que o método ``elos`` do esquema responde sobre o objeto; vazio, não aparece."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            serialize="elos", metadata={"allOf": [{"$ref": "#/components/schemas/Elos"}]}, **kwargs
        )

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return super()._serialize(value, attr, obj, **kwargs) or ma.missing
