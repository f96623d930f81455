const { SCTEC, CHAVE, INICIO } = process.env;

const resposta = await fetch(`${SCTEC}/agendamentos`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${CHAVE}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ telescopio: 'hubble-acad', horario_inicio_utc: INICIO, objeto_celeste: 'M31' }),
});
const corpo = await resposta.json();
if (resposta.status === 201) console.log(resposta.status, 'agendado:', corpo.horario_inicio_utc);
else console.log(resposta.status, corpo.title, 'livre:', corpo._links.alternativas[0].title);
