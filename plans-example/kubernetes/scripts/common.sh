# shellcheck shell=bash
# Sourced by the other scripts. KUBE_CONTEXT and NAMESPACE say where payment-service runs.
# shellcheck disable=SC2034
deployment=payment-service

kube() {
  kubectl --context "$KUBE_CONTEXT" --namespace "$NAMESPACE" --request-timeout=10s "$@"
}
