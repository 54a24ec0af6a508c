# Airflow's own image, the locked packages of the product, and the product itself. `docker-compose build` makes it.
# docker-compose.dev.yml mounts the clone over what is baked in.
FROM apache/airflow:3.3.2-python3.11
COPY requirements.txt /requirements.txt
RUN pip install --no-cache-dir "apache-airflow==${AIRFLOW_VERSION}" -r /requirements.txt
COPY --chown=airflow:root dags /opt/airflow/dags
COPY --chown=airflow:root plugins /opt/airflow/plugins
COPY --chown=airflow:root include /opt/airflow/include
# A new volume takes owner and mode of the folder that it is mounted on; every user of the image is of group 0. So nothing
# ever needs to run as root. The product itself may come from a clone that nobody else can read.
RUN mkdir -p /opt/airflow/logs /opt/airflow/auth /opt/airflow/crm /opt/airflow/landing \
    && chmod 2775 /opt/airflow/logs /opt/airflow/auth /opt/airflow/crm /opt/airflow/landing \
    && chmod -R g+rX,o+rX /opt/airflow/dags /opt/airflow/plugins /opt/airflow/include
ENV PYTHONPATH=/opt/airflow/plugins \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/airflow/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/airflow/plugins \
    CRM_HOME=/opt/airflow/crm \
    CRM_LANDING=/opt/airflow/landing
