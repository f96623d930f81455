"""(uid, título) de cada painel: as ligações entre eles usam estes nomes."""

VISAO_GERAL = ("sctec-visao-geral", "Visão geral")
TRAVAS = ("sctec-travas", "Travas")
RELOGIOS = ("sctec-relogios", "Relógios")
INVESTIGAR = ("sctec-investigar", "Investigar um agendamento")
CARGA = ("sctec-carga", "Carga k6")
TELEMETRIA = ("sctec-telemetria", "Saúde da telemetria")
ROTEIROS = ("sctec-roteiros", "Roteiros")
