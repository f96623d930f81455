import os

import requests

resposta = requests.post(
    os.environ["SCTEC"] + "/agendamentos",
    headers={"Authorization": "Bearer " + os.environ["CHAVE"]},
    json={"telescopio": "hubble-acad", "horario_inicio_utc": os.environ["INICIO"], "objeto_celeste": "M31"},
    timeout=10,
)
corpo = resposta.json()
if resposta.status_code == 201:
    print(resposta.status_code, "agendado:", corpo["horario_inicio_utc"])
else:
    livres = [livre["title"] for livre in corpo["_links"]["alternativas"]]
    print(resposta.status_code, corpo["title"], "livre:", livres[0])
