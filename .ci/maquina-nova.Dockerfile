# Uma máquina nova: o Python da imagem do agendamento, make, e uma pessoa que não é root. Nada mais.
FROM python:3.13-slim
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends make >/dev/null && useradd --create-home pessoa
USER pessoa
RUN mkdir /home/pessoa/sctec
COPY --chown=pessoa . /home/pessoa/sctec
WORKDIR /home/pessoa/sctec
CMD ["make", "test"]
