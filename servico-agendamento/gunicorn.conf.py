"""Um processo, muitas threads: a fila de escrita e o limitador vivem num processo só; escala-se por réplicas."""

import os

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
    """Prende o processo a um núcleo: o GIL só deixa executar uma thread, e a cada troca de núcleo ele custa mais.

    Medido na decisão 0012. O resto da máquina (o coordenador, o banco, outras réplicas) fica com os outros núcleos.
    """
    if hasattr(os, "sched_setaffinity"):
        nucleos = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {nucleos[os.getpid() % len(nucleos)]})
