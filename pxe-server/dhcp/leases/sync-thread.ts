import { workerData } from 'node:worker_threads';
import { type SyncChannel, serveSyncs } from './syncer.ts';

/** The program of the thread that waits for the disk. */
serveSyncs(workerData as SyncChannel);
