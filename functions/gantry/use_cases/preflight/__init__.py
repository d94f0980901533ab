"""What would stop a promotion later, found before anything is deployed."""
