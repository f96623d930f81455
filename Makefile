# SCTEC: cada alvo prepara o que precisa. `make` sozinho lista os alvos.
# Variáveis: as de .env.example, por exemplo `make run PORTA_AGENDAMENTO=5001`.

PYTHON ?= python3
VENV := .venv/bin
PREPARAR := $(PYTHON) ferramentas/preparar.py

.DEFAULT_GOAL := ajuda
MAKEFLAGS += --no-print-directory
.PHONY: ajuda preparar run test lint bench bench-justica passeio-justica prova-corrida compose-test k6 telemetria reset

ajuda: ## lista os alvos
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

preparar: ## instala em .venv e node_modules o que os outros alvos usam
	@$(PREPARAR) --dev

run: ## instala, migra, semeia e inicia os dois serviços; Ctrl-C para os dois
	@$(PREPARAR)
	@exec $(VENV)/python -m ferramentas.executar

test: ## todos os testes que não pedem Docker
	@$(PREPARAR) --dev
	@exec $(VENV)/python -m ferramentas.testar

lint: ## ruff, mypy --strict, import-linter e eslint
	@$(PREPARAR) --dev
	@exec $(VENV)/python -m ferramentas.verificar

bench: ## mede razões contra linhas de base da mesma execução e escreve docs/DESEMPENHO.md
	@$(PREPARAR) --dev
	@exec $(VENV)/python -m bench

bench-justica: ## mede a justiça com os serviços de verdade e escreve docs/medicoes/ (N=600 disputas, meia hora)
	@$(PREPARAR) --dev
	@exec $(VENV)/python -m bench.justica $(if $(N),--disputas $(N))

passeio-justica: ## uma disputa vista por dentro: o clique anterior, de longe, vence, e a decisão se refaz
	@$(PREPARAR) --dev
	@PYTHONPATH=sctec_cliente exec $(VENV)/python -m ferramentas.passeio_justica

prova-corrida: ## Entrega 2: N pedidos simultâneos sem e com as proteções (N=10)
	@$(PREPARAR)
	@exec $(VENV)/python -m ferramentas.prova_corrida $(if $(N),--n $(N))

compose-test: ## constrói e inicia o docker-compose.yml de verdade e prova a corrida contra ele
	@$(PREPARAR) --dev
	@exec $(VENV)/python -m pytest tests/compose --timeout=1800

k6: ## um roteiro de carga contra o que já está no ar (ROTEIRO=02)
	@$(PREPARAR) --dev
	@exec $(VENV)/python -m ferramentas.roteiro_k6 $(ROTEIRO)

telemetria: ## gera de novo docs/METRICAS.md e os painéis do Grafana
	@$(PREPARAR) --dev
	@$(VENV)/python observability/catalogo.py
	@$(VENV)/python observability/paineis/gerar.py

reset: ## apaga os dados locais (var/): bancos, chaves geradas, contadores
	@$(PYTHON) -m ferramentas.apagar_dados
