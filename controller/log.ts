import { type Logger, pino } from 'pino';
import type { LogLevel } from './config/settings.ts';

/** The process's log: JSON lines on standard output, times in ISO 8601. */
export function makeLog(level: LogLevel): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}
