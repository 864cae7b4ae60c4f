FROM python:3.11-slim AS build
WORKDIR /source
RUN python -m venv /venv
COPY requirements.lock ./
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /venv/bin/pip uninstall --yes setuptools pip

FROM python:3.11-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/kibubu kibubu
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 KIBUBU_HOME=/var/lib/kibubu KIBUBU_HOST=0.0.0.0 KIBUBU_PORT=8000
USER kibubu
WORKDIR /var/lib/kibubu
VOLUME /var/lib/kibubu
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=6s --start-period=60s CMD ["python", "-m", "operations.health"]
ENTRYPOINT ["kibubu"]
CMD ["serve"]
