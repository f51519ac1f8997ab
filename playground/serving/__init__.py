"""What runs for all visitors: checkpoints, the device, the engine and its jobs, CLIP and the stages of DALL·E 2."""
