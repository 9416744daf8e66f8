//! Processes that are measured from outside: descriptors, memory, processor time and instructions. Each test starts this
//! binary again for the process that it measures.

mod exhaustion;
mod password_memory;
mod token_instructions;
