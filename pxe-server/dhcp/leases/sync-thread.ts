import { flushCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { type SyncChannel, serveSyncs } from './syncer.ts';

/** The program of the thread that waits for the disk. */
flushCompileCache();
parentPort?.postMessage('loaded');
serveSyncs(workerData as SyncChannel);
