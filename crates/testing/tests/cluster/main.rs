//! What users may rely on, tried with every part of a cluster.

mod smoke;
