"""Um processo, muitas threads: a fila de escrita e o limitador vivem num processo só; escala-se por réplicas."""

import os

from agendamento import nucleo
from agendamento.config import carregar

_config = carregar()

bind = f"{_config.endereco}:{_config.porta}"
workers = 1
worker_class = "gthread"
threads = _config.threads
worker_connections = 2000
backlog = 2048
keepalive = 75
graceful_timeout = 10
timeout = (
    120  # o laço do gthread dorme timeout/2: com 0 giraria em falso, disputando o GIL (medido: 4× mais lento)
)
accesslog = None
loglevel = "warning"
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112
control_socket_disable = True


def post_fork(_servidor: object, _processo: object) -> None:
    nucleo.acompanhar()
