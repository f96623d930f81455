"""O docker-compose.yml como ele é, construído e iniciado de verdade."""
