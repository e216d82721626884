#!/bin/sh
kubectl rollout undo deployment/payments
