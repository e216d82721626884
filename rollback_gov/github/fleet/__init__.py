"""Reading many repositories: requests that share one patience, trees and blobs, and nothing that is cloned."""
