"""One file a step, numbered. Each names the step before it in `down_revision`."""
