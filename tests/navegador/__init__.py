"""O cliente web como uma pessoa o usa: Chromium de verdade, serviços de verdade."""
